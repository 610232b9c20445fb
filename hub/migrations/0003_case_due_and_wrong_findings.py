"""When a case is due, in the office's hours; and that a finding was wrong, once an appeal or a decision has said so."""
from peewee import *
from hub.db import UTCField


def up(migrator, db):
    migrator.migrate(migrator.add_column('policy_case', 'due_at', UTCField(null=True)))
    # Plain days for the cases that are there; whatever happens to them next counts the office's hours.
    days = 'UPDATE policy_case SET due_at = opened_at + CASE WHEN high THEN 86400000000 ELSE 259200000000 END'
    db.execute_sql(days)
    migrator.migrate(
        migrator.add_not_null('policy_case', 'due_at'),
        migrator.add_index('policy_case', ('pile', 'due_at', 'id'), False),
        migrator.add_column('policy_finding', 'wrong_at', UTCField(null=True)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column('policy_finding', 'wrong_at'),
        migrator.drop_index('policy_case', 'policy_case_pile_due_at_id'),
        migrator.drop_column('policy_case', 'due_at'),
    )
