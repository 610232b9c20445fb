"""The detection engine of the usage policy: a library that reads text and files and says what it finds.

It knows no web framework, no database and no restriction; it imports nothing of the hub but itself, so that nothing it
does can act on a person.
"""

from hub.policy.detect.audiences import audience_of
from hub.policy.detect.engine import KINDS, scan
from hub.policy.detect.finding import Finding

__all__ = ["KINDS", "Finding", "audience_of", "scan"]
