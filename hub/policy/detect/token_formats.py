"""Keys and tokens that can be told by their form alone, as the services that issue them document it."""

from __future__ import annotations

import re2

# Token formats as their issuers document them (prefixes are registered for secret scanning).
_FORMATS: dict[str, str] = {
    "AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b",
    "GitLab token": r"\bgl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]+",
    "Slack webhook": r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_+-]{20,}",
    "Teams webhook": r"[a-z0-9-]*\.?webhook\.office\.com/webhookb2/[A-Za-z0-9@/_-]{40,}",
    "Discord webhook": r"discord(?:app)?\.com/api/webhooks/[0-9]{15,20}/[A-Za-z0-9_-]{40,}",
    "Stripe key": r"\b(?:sk|rk)_live_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}",
    "Google key": r"\bAIza[A-Za-z0-9_-]{35}|\bGOCSPX-[A-Za-z0-9_-]{20,40}|\bya29\.[A-Za-z0-9_-]{30,}",
    "OpenAI or Anthropic key": r"\bsk-(?:proj-|ant-(?:api|admin)[0-9]{2}-|svcacct-)?[A-Za-z0-9_-]{32,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "PyPI token": r"\bpypi-AgE[A-Za-z0-9_-]{50,}",
    "SendGrid key": r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,}",
    "Mailgun or Mailchimp key": r"\bkey-[0-9a-f]{32}\b|\b[0-9a-f]{32}-us[0-9]{1,2}\b",
    "DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
    "Databricks or Doppler token": r"\bdapi[a-f0-9]{32}\b|\bdp\.pt\.[A-Za-z0-9]{40,44}\b",
    "Shopify token": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b",
    "Square token": r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}",
    "Telegram bot token": r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "HashiCorp Vault token": r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}",
    "Terraform Cloud token": r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}",
    "Atlassian token": r"\bATATT3[A-Za-z0-9_=-]{60,}",
    "Grafana token": r"\bgl(?:sa|c)_[A-Za-z0-9]{32,}",
    "GOV.UK Notify key": r"\b[A-Za-z0-9_]{2,}(?:-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}){2}\b",
    "GOV.UK Pay key": r"\bapi_live_[a-z0-9]{50,}\b",
    "Azure storage key": r"(?i)(?:accountkey|sharedaccesskey)=[A-Za-z0-9+/]{40,}={0,2}",
    "Azure shared access signature": r"[?&]sig=[A-Za-z0-9%]{30,}(?:%3D|=)?",
    "Azure client secret": r"\b[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}",
    "BitLocker recovery key": r"\b[0-9]{6}(?:-[0-9]{6}){7}\b",
    "signed token (JWT)": r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "private key": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=]{16}|PuTTY-User-Key-File-[23]: ",
}  # fmt: skip
TOKENS = {name: re2.compile(pattern.encode()) for name, pattern in _FORMATS.items()}
ANY_TOKEN = re2.compile("|".join(f"(?:{p})" for p in _FORMATS.values()).encode())
