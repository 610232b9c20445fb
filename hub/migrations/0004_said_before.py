"""What writers said to hints before posting: a frozen copy of the tables, independent of the models."""
from peewee import *
from hub.db import UTCField


def up(migrator, db):
    class Person(Model):
        class Meta:
            database = db
            table_name = 'person'

    class SaidBefore(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE')
        code = CharField(max_length=16)
        rule = CharField(max_length=40)
        what = CharField(max_length=10)
        words = TextField(default='')
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'policy_said_before'
            indexes = ((('person', 'code'), True),)
    db.create_tables([SaidBefore])


def down(migrator, db):
    migrator.migrate(migrator.drop_table('policy_said_before'))
