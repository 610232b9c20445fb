"""Next policy version: a frozen copy of the tables, independent of the models."""
from peewee import *
from hub.db import JSONField
from hub.db import UTCField


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            table_name = 'person'

    class PolicyDraft(Model):
        words = TextField()
        welsh = TextField(default='')
        change_summary = CharField(max_length=1000, default='')
        in_force_on = CharField(max_length=10, default='')
        clause_of_rule = JSONField(default=dict)
        begun_from = IntegerField(default=0)
        edits = IntegerField(default=1)
        writers = JSONField(default=list)
        state = CharField(max_length=10, default='open')
        written_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        changed_at = UTCField()
        asked_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        answer = TextField(default='')
        answered_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        class Meta:
            database = db
            table_name = 'policy_draft'
            constraints = [
                SQL('CONSTRAINT "policy_draft_state" CHECK (state IN (\'open\', \'asked\', \'published\', \'dropped\'))'),
                SQL('CONSTRAINT "policy_draft_asked_by" CHECK (state <> \'asked\' OR asked_by_id IS NOT NULL)'),
            ]
    db.create_tables([PolicyDraft])


def down(migrator, db):
    migrator.migrate(migrator.drop_table('policy_draft'))
