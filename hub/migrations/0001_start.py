"""Start: a frozen copy of the tables, independent of the models."""
from peewee import *
from hub.db import JSONField
from hub.db import UTCField


def up(migrator, db):
    class Space(Model):
        slug = CharField(unique=True, max_length=60)
        name = CharField(max_length=120)
        about = TextField(default='')
        welcome = TextField(default='')
        welcome_html = TextField(default='')
        kind = CharField(max_length=12)
        reach = CharField(max_length=24)
        colour = CharField(max_length=16, default='pine')
        is_hub = BooleanField(default=False)
        created_by_id = IntegerField(null=True)
        created_at = UTCField()
        archived_at = UTCField(null=True)
        no_automatic_scan = BooleanField(default=False)
        class Meta:
            database = db
            table_name = 'space'
    db.create_tables([Space])

    class Organisation(Model):
        key = CharField(unique=True, max_length=40)
        name = CharField(max_length=120)
        short_name = CharField(max_length=40)
        kind = CharField(max_length=20)
        domain = CharField(max_length=120, default='')
        about = TextField(default='')
        active = BooleanField(default=True)
        class Meta:
            database = db
            table_name = 'organisation'
    db.create_tables([Organisation])

    class Unit(Model):
        key = CharField(unique=True, max_length=60)
        name = CharField(max_length=120)
        about = TextField(default='')
        head_id = IntegerField(null=True)
        class Meta:
            database = db
            table_name = 'unit'
    db.create_tables([Unit])

    class Person(Model):
        email = CharField(unique=True, max_length=254)
        handle = CharField(unique=True, max_length=60)
        name = CharField(max_length=120)
        job_title = CharField(max_length=120, default='')
        organisation = ForeignKeyField(Organisation, on_delete='RESTRICT')
        unit = ForeignKeyField(Unit, null=True, on_delete='SET NULL')
        password_hash = CharField(max_length=200, default='')
        photo = CharField(max_length=64, default='')
        about = TextField(default='')
        skills = JSONField(default=list)
        ask_me_about = JSONField(default=list)
        languages = JSONField(default=list)
        working_days = CharField(max_length=60, default='')
        phone = CharField(max_length=40, default='')
        manager_id = IntegerField(null=True)
        cover_id = IntegerField(null=True)
        speaks_for = JSONField(default=list)
        roles = JSONField(default=list)
        status = CharField(max_length=12, default='active')
        feed_token = CharField(unique=True, null=True, max_length=64)
        preferences = JSONField(default=dict)
        confirmed_at = UTCField(null=True)
        last_seen_at = UTCField(null=True)
        access_ends_at = UTCField(null=True)
        sponsor_id = IntegerField(null=True)
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'person'
    db.create_tables([Person])

    class AccessRequest(Model):
        space = ForeignKeyField(Space, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        message = TextField(default='')
        state = CharField(max_length=10, default='open')
        created_at = UTCField()
        decided_by_id = IntegerField(null=True)
        decided_at = UTCField(null=True)
        answer = TextField(default='')
        class Meta:
            database = db
            table_name = 'access_request'
    db.create_tables([AccessRequest])

    class PolicyVersion(Model):
        number = IntegerField(unique=True)
        title = CharField(max_length=200)
        summary = TextField(default='')
        summary_html = TextField(default='')
        title_cy = CharField(max_length=200, default='')
        summary_cy = TextField(default='')
        summary_cy_html = TextField(default='')
        change_summary = TextField(default='')
        clause_of_rule = JSONField(default=dict)
        published_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT')
        approved_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT')
        published_at = UTCField()
        in_force_at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'policy_version'
    db.create_tables([PolicyVersion])

    class Acknowledgement(Model):
        version = ForeignKeyField(PolicyVersion, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        at = UTCField()
        class Meta:
            database = db
            table_name = 'policy_acknowledgement'
            indexes = ((('person', 'version'), True),)
    db.create_tables([Acknowledgement])

    class Announcement(Model):
        text = CharField(max_length=300)
        kind = CharField(max_length=8, default='info')
        url = CharField(max_length=300, default='')
        ends_at = UTCField(index=True)
        created_at = UTCField()
        created_by_id = IntegerField()
        class Meta:
            database = db
            table_name = 'announcement'
    db.create_tables([Announcement])

    class Item(Model):
        kind = CharField(max_length=16)
        space = ForeignKeyField(Space, on_delete='RESTRICT', index=False)
        author = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        on_behalf_of = ForeignKeyField(Unit, null=True, on_delete='SET NULL', index=False)
        parent = ForeignKeyField('self', null=True, on_delete='RESTRICT', index=False)
        root = ForeignKeyField('self', null=True, on_delete='RESTRICT', index=False)
        title = CharField(max_length=200, default='')
        body = TextField(default='')
        html = TextField(default='')
        excerpt = CharField(max_length=320, default='')
        sanitiser = IntegerField(default=0)
        state = CharField(max_length=12)
        audience = CharField(max_length=32)
        intended = CharField(max_length=32)
        narrow_reason = CharField(max_length=300, default='')
        hidden_until = UTCField(null=True)
        created_at = UTCField()
        publish_at = UTCField(null=True)
        published_at = UTCField(null=True)
        edited_at = UTCField(null=True)
        active_at = UTCField()
        confirmed_at = UTCField(null=True)
        version = IntegerField(default=1)
        tags = JSONField(default=list)
        answers = IntegerField(default=0)
        reactions = IntegerField(default=0)
        attachments = IntegerField(default=0)
        last_by_id = IntegerField(null=True)
        card = JSONField(default=dict)
        class Meta:
            database = db
            table_name = 'item'
            indexes = ((('state', 'active_at', 'id'), False), (('audience', 'state', 'active_at'), False), (('kind', 'audience', 'state', 'active_at'), False), (('kind', 'state', 'active_at'), False), (('kind', 'state', 'published_at'), False), (('space', 'kind', 'state', 'active_at'), False), (('author', 'state', 'active_at'), False), (('root', 'id'), False), (('parent', 'id'), False), (('state', 'publish_at'), False))
    db.create_tables([Item])

    class Case(Model):
        item = ForeignKeyField(Item, on_delete='RESTRICT')
        author = ForeignKeyField(Person, on_delete='RESTRICT')
        clause = CharField(max_length=12, default='')
        open_key = CharField(unique=True, null=True, max_length=40)
        state = CharField(max_length=12, default='open')
        pile = CharField(max_length=8, default='review')
        version = IntegerField(default=1)
        revision = IntegerField()
        audience = CharField(max_length=16)
        excerpt = CharField(max_length=80, default='')
        rules = JSONField(default=list)
        rule = CharField(max_length=40, default='')
        findings = IntegerField(default=0)
        reports = IntegerField(default=0)
        high = BooleanField(default=False)
        senior = BooleanField(default=False)
        stuck = BooleanField(default=False)
        sealed_until = UTCField(null=True)
        points = IntegerField(default=0)
        rank = BigIntegerField(default=0)
        fixed_at = UTCField(null=True)
        claimed_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT')
        claimed_until = UTCField(null=True)
        opened_at = UTCField()
        changed_at = UTCField()
        decided_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_case'
            indexes = ((('pile', 'rank', 'id'), False), (('pile', 'rule', 'rank', 'id'), False), (('pile', 'clause', 'rank', 'id'), False), (('pile', 'id'), False), (('author', 'id'), False), (('item', 'clause'), False))
    db.create_tables([Case])

    class Notice(Model):
        case = ForeignKeyField(Case, on_delete='RESTRICT')
        person = ForeignKeyField(Person, on_delete='RESTRICT')
        kind = CharField(max_length=16)
        subject = CharField(max_length=200)
        words = TextField()
        at = UTCField()
        class Meta:
            database = db
            table_name = 'policy_notice'
    db.create_tables([Notice])

    class Decision(Model):
        case = ForeignKeyField(Case, on_delete='RESTRICT')
        outcome = CharField(max_length=16)
        clause = CharField(max_length=12, default='')
        reason = TextField()
        author = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        decided_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        decided_at = UTCField(index=True)
        notice = ForeignKeyField(Notice, on_delete='RESTRICT', index=False)
        appeal_until = UTCField()
        told_at = UTCField(null=True)
        overturned_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_decision'
            constraints = [
                SQL('CONSTRAINT "policy_decision_reason" CHECK (length(reason) >= 20)'),
                SQL('CONSTRAINT "policy_decision_outcome" CHECK (outcome IN (\'rule_was_wrong\', \'no_breach\', \'fixed_by_author\', \'advice\', \'breach\'))'),
                SQL('CONSTRAINT "policy_decision_not_own" CHECK (decided_by_id <> author_id)'),
                SQL('CONSTRAINT "policy_decision_clause" CHECK (outcome NOT IN (\'advice\', \'breach\') OR length(clause) > 0)'),
            ]
    db.create_tables([Decision])

    class Appeal(Model):
        decision = ForeignKeyField(Decision, unique=True, on_delete='RESTRICT')
        person = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        words = TextField()
        at = UTCField()
        decided_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        heard_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        heard_at = UTCField(null=True)
        outcome = CharField(max_length=12, default='')
        reason = TextField(default='')
        class Meta:
            database = db
            table_name = 'policy_appeal'
            constraints = [
                SQL('CONSTRAINT "policy_appeal_heard_by_another" CHECK (heard_by_id IS NULL OR (heard_by_id <> decided_by_id AND heard_by_id <> person_id))'),
                SQL('CONSTRAINT "policy_appeal_outcome" CHECK (outcome IN (\'\', \'upheld\', \'varied\', \'overturned\'))'),
                SQL('CONSTRAINT "policy_appeal_reason" CHECK (outcome = \'\' OR (heard_by_id IS NOT NULL AND length(reason) >= 20))'),
            ]
    db.create_tables([Appeal])

    class Asked(Model):
        text = CharField(max_length=200)
        title = CharField(max_length=200)
        person = ForeignKeyField(Person, on_delete='CASCADE')
        topic = ForeignKeyField(Item, null=True, on_delete='SET NULL')
        told = JSONField(default=list)
        at = UTCField(index=True)
        answered_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'asked'
    db.create_tables([Asked])

    class Attachment(Model):
        item = ForeignKeyField(Item, null=True, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='RESTRICT')
        sha256 = CharField(index=True, max_length=64)
        name = CharField(max_length=200)
        media_type = CharField(max_length=120)
        size = BigIntegerField()
        picture = CharField(max_length=64, default='')
        text = TextField(default='')
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'attachment'
    db.create_tables([Attachment])

    class AuditRow(Model):
        number = BigIntegerField(primary_key=True)
        event_id = BigIntegerField(unique=True)
        at = UTCField(index=True)
        name = CharField(max_length=64)
        actor_id = IntegerField(null=True)
        person_id = IntegerField(null=True)
        item_id = IntegerField(null=True)
        codes = JSONField(default=dict)
        previous = CharField(max_length=64)
        hash = CharField(max_length=64)
        class Meta:
            database = db
            table_name = 'policy_audit'
    db.create_tables([AuditRow])

    class BehaviourFinding(Model):
        id = BigAutoField()
        rule = CharField(max_length=16)
        person = ForeignKeyField(Person, null=True, on_delete='CASCADE', index=False)
        number = IntegerField()
        threshold = IntegerField()
        hour = CharField(max_length=64)
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'policy_behaviour_finding'
            indexes = ((('rule', 'hour'), True),)
    db.create_tables([BehaviourFinding])

    class BestBet(Model):
        phrases = CharField(max_length=300)
        item = ForeignKeyField(Item, on_delete='CASCADE')
        until = UTCField(null=True)
        by = ForeignKeyField(Person, null=True, on_delete='SET NULL', index=False)
        at = UTCField()
        class Meta:
            database = db
            table_name = 'best_bet'
    db.create_tables([BestBet])

    class Blog(Model):
        kind = CharField(max_length=10)
        title = CharField(max_length=120)
        about = CharField(max_length=500, default='')
        person = ForeignKeyField(Person, unique=True, null=True, on_delete='RESTRICT')
        unit = ForeignKeyField(Unit, unique=True, null=True, on_delete='RESTRICT')
        space = ForeignKeyField(Space, unique=True, null=True, on_delete='CASCADE')
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'blog'
    db.create_tables([Blog])

    class Bookmark(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        at = UTCField()
        class Meta:
            database = db
            table_name = 'bookmark'
            indexes = ((('person', 'item'), True),)
    db.create_tables([Bookmark])

    class CaseEvent(Model):
        id = BigAutoField()
        case = ForeignKeyField(Case, on_delete='RESTRICT')
        name = CharField(max_length=24)
        at = UTCField()
        actor = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        words = TextField(default='')
        data = JSONField(default=dict)
        class Meta:
            database = db
            table_name = 'policy_case_event'
    db.create_tables([CaseEvent])

    class Category(Model):
        space = ForeignKeyField(Space, on_delete='CASCADE')
        name = CharField(max_length=80)
        slug = CharField(max_length=80)
        about = CharField(max_length=300, default='')
        position = IntegerField(default=0)
        archived_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'category'
            indexes = ((('space', 'slug'), True),)
    db.create_tables([Category])

    class ChainEnd(Model):
        number = BigIntegerField(default=0)
        hash = CharField(max_length=64)
        kept_from = BigIntegerField(default=1)
        before_kept = CharField(max_length=64)
        class Meta:
            database = db
            table_name = 'policy_chain_end'
    db.create_tables([ChainEnd])

    class Clause(Model):
        version = ForeignKeyField(PolicyVersion, on_delete='CASCADE')
        key = CharField(max_length=12)
        section = CharField(max_length=200, default='')
        title = CharField(max_length=200)
        text = TextField()
        why = TextField(default='')
        text_html = TextField(default='')
        why_html = TextField(default='')
        section_cy = CharField(max_length=200, default='')
        title_cy = CharField(max_length=200, default='')
        text_cy = TextField(default='')
        why_cy = TextField(default='')
        text_cy_html = TextField(default='')
        why_cy_html = TextField(default='')
        position = IntegerField()
        class Meta:
            database = db
            table_name = 'policy_clause'
            indexes = ((('version', 'key'), True),)
    db.create_tables([Clause])

    class Conflict(Model):
        reviewer = ForeignKeyField(Person, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE', index=False)
        reason = CharField(max_length=300)
        said_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        said_at = UTCField()
        class Meta:
            database = db
            table_name = 'policy_conflict'
            constraints = [
                SQL('CONSTRAINT "policy_conflict_other" CHECK (reviewer_id <> person_id)'),
            ]
            indexes = ((('reviewer', 'person'), True),)
    db.create_tables([Conflict])

    class Folder(Model):
        space = ForeignKeyField(Space, on_delete='CASCADE', index=False)
        parent = ForeignKeyField('self', null=True, on_delete='RESTRICT')
        name = CharField(max_length=120)
        path = CharField(max_length=200, default='')
        created_by_id = IntegerField(null=True)
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'folder'
            indexes = ((('space', 'parent'), False), (('path',), False))
    db.create_tables([Folder])

    class Document(Model):
        item = ForeignKeyField(Item, primary_key=True, on_delete='CASCADE')
        folder = ForeignKeyField(Folder, null=True, on_delete='RESTRICT')
        current = IntegerField(default=1)
        key = CharField(index=True, max_length=200)
        family = CharField(max_length=16, default='other')
        marking = CharField(max_length=20, default='')
        owner = ForeignKeyField(Person, on_delete='RESTRICT')
        review_at = UTCField(index=True, null=True)
        class Meta:
            database = db
            table_name = 'document'
    db.create_tables([Document])

    class DocumentVersion(Model):
        document = ForeignKeyField(Document, on_delete='CASCADE', index=False)
        number = IntegerField()
        sha256 = CharField(index=True, max_length=64)
        filename = CharField(max_length=200)
        media_type = CharField(max_length=120)
        label = CharField(max_length=80)
        family = CharField(max_length=16, default='other')
        size = BigIntegerField()
        note = CharField(max_length=300, default='')
        author = ForeignKeyField(Person, on_delete='RESTRICT')
        created_at = UTCField()
        state = CharField(max_length=12, default='checking')
        reason = CharField(max_length=300, default='')
        notes = JSONField(default=list)
        pages = IntegerField(null=True)
        beginning = TextField(default='')
        pictures = IntegerField(default=0)
        class Meta:
            database = db
            table_name = 'document_version'
            indexes = ((('document', 'number'), True),)
    db.create_tables([DocumentVersion])

    class Draft(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE')
        key = CharField(max_length=80)
        title = CharField(max_length=200, default='')
        body = TextField(default='')
        fields = JSONField(default=dict)
        saved_at = UTCField()
        class Meta:
            database = db
            table_name = 'draft'
            indexes = ((('person', 'key'), True),)
    db.create_tables([Draft])

    class PolicyRule(Model):
        name = CharField(unique=True, max_length=40)
        built_in = BooleanField(default=False)
        state = CharField(max_length=12, default='draft')
        acting = IntegerField(default=0)
        newest = IntegerField(default=0)
        owner = ForeignKeyField(Person, on_delete='RESTRICT')
        since = UTCField()
        live_since = UTCField(null=True)
        tripped = CharField(max_length=200, default='')
        wanted = CharField(max_length=12, default='')
        wanted_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        class Meta:
            database = db
            table_name = 'policy_rule'
            constraints = [
                SQL('CONSTRAINT "policy_rule_state" CHECK (state IN (\'draft\', \'background\', \'live-nudge\', \'live-flag\', \'paused\', \'archived\'))'),
                SQL('CONSTRAINT "policy_rule_wanted" CHECK (wanted IN (\'\', \'live-nudge\', \'live-flag\'))'),
                SQL('CONSTRAINT "policy_rule_wanted_by" CHECK (wanted = \'\' OR wanted_by_id IS NOT NULL)'),
            ]
    db.create_tables([PolicyRule])

    class RuleVersion(Model):
        rule = ForeignKeyField(PolicyRule, on_delete='RESTRICT')
        number = IntegerField()
        kind = CharField(max_length=12)
        label = CharField(max_length=80)
        clause = CharField(max_length=12)
        weight = IntegerField(default=5)
        advice = CharField(max_length=300, default='')
        words = TextField(default='')
        settings = JSONField(default=dict)
        outcomes = JSONField(default=dict)
        vetoes = JSONField(default=list)
        must_find = JSONField(default=list)
        must_pass = JSONField(default=list)
        note = CharField(max_length=300, default='')
        author = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        created_at = UTCField()
        approved_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        approved_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_rule_version'
            constraints = [
                SQL('CONSTRAINT "policy_rule_version_weight" CHECK (weight BETWEEN 1 AND 10)'),
                SQL('CONSTRAINT "policy_rule_version_kind" CHECK (kind IN (\'built-in\', \'words\', \'pattern\', \'threshold\'))'),
                SQL('CONSTRAINT "policy_rule_version_second_person" CHECK (approved_by_id IS NULL OR author_id IS NULL OR approved_by_id <> author_id)'),
            ]
            indexes = ((('rule', 'number'), True),)
    db.create_tables([RuleVersion])

    class DryRun(Model):
        version = ForeignKeyField(RuleVersion, on_delete='RESTRICT')
        asked_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        months = IntegerField()
        state = CharField(max_length=8, default='running')
        since = UTCField()
        cursor = IntegerField()
        looked_at = IntegerField(default=0)
        total = IntegerField(default=0)
        hits = IntegerField(default=0)
        items_hit = IntegerField(default=0)
        failed = IntegerField(default=0)
        milliseconds = FloatField(default=0)
        started_at = UTCField()
        finished_at = UTCField(null=True)
        promoted_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_dry_run'
            constraints = [
                SQL('CONSTRAINT "policy_dry_run_state" CHECK (state IN (\'running\', \'paused\', \'done\'))'),
                SQL('CONSTRAINT "policy_dry_run_months" CHECK (months BETWEEN 1 AND 60)'),
            ]
    db.create_tables([DryRun])

    class DryHit(Model):
        run = ForeignKeyField(DryRun, on_delete='CASCADE', index=False)
        item = ForeignKeyField(Item, on_delete='CASCADE', index=False)
        revision = IntegerField()
        place = CharField(max_length=80)
        start = IntegerField()
        end = IntegerField()
        excerpt = CharField(max_length=80)
        why = CharField(max_length=300)
        outcome = CharField(max_length=20)
        turn = BigIntegerField()
        judged = CharField(max_length=8, default='')
        judged_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        class Meta:
            database = db
            table_name = 'policy_dry_hit'
            constraints = [
                SQL('CONSTRAINT "policy_dry_hit_judged" CHECK (judged IN (\'\', \'right\', \'wrong\'))'),
                SQL('CONSTRAINT "policy_dry_hit_by" CHECK (judged = \'\' OR judged_by_id IS NOT NULL)'),
            ]
            indexes = ((('run', 'turn'), False), (('run', 'judged'), False))
    db.create_tables([DryHit])

    class EmergencyHide(Model):
        case = ForeignKeyField(Case, on_delete='RESTRICT')
        item = ForeignKeyField(Item, on_delete='RESTRICT', index=False)
        author = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        reason = TextField()
        notice = ForeignKeyField(Notice, on_delete='RESTRICT', index=False)
        starts_at = UTCField()
        ends_at = UTCField(index=True)
        confirmed_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        confirmed_at = UTCField(null=True)
        finished_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_emergency_hide'
            constraints = [
                SQL('CONSTRAINT "policy_emergency_reason" CHECK (length(reason) >= 20)'),
                SQL('CONSTRAINT "policy_emergency_not_own" CHECK (by_id <> author_id)'),
                SQL('CONSTRAINT "policy_emergency_second_person" CHECK (confirmed_by_id IS NULL OR (confirmed_by_id <> by_id AND confirmed_by_id <> author_id))'),
                SQL('CONSTRAINT "policy_emergency_end" CHECK (ends_at > starts_at AND (ends_at - starts_at <= 86400000000 OR (confirmed_by_id IS NOT NULL AND ends_at - starts_at <= 691200000000)))'),
            ]
    db.create_tables([EmergencyHide])

    class Event(Model):
        id = BigAutoField()
        name = CharField(max_length=64)
        at = UTCField(index=True)
        actor_id = IntegerField(index=True, null=True)
        item_id = IntegerField(index=True, null=True)
        space_id = IntegerField(index=True, null=True)
        person_id = IntegerField(index=True, null=True)
        data = JSONField(default=dict)
        class Meta:
            database = db
            table_name = 'event'
    db.create_tables([Event])

    class Finding(Model):
        id = BigAutoField()
        item = ForeignKeyField(Item, on_delete='RESTRICT', index=False)
        revision = IntegerField()
        case = ForeignKeyField(Case, null=True, on_delete='RESTRICT')
        rule = CharField(max_length=40)
        rule_version = IntegerField(default=1)
        clause = CharField(max_length=12)
        place = CharField(max_length=80)
        start = IntegerField(default=0)
        end = IntegerField(default=0)
        count = IntegerField(default=1)
        confidence = FloatField()
        excerpt = CharField(max_length=80)
        why = CharField(max_length=300)
        fingerprint = CharField(index=True, max_length=64, default='')
        audience = CharField(max_length=16)
        outcome = CharField(max_length=20)
        found_at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'policy_finding'
            indexes = ((('item', 'revision', 'audience', 'place', 'rule', 'start'), True), (('rule', 'found_at'), False))
    db.create_tables([Finding])

    class Follow(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE')
        subject = CharField(index=True, max_length=80)
        level = CharField(max_length=10)
        at = UTCField()
        class Meta:
            database = db
            table_name = 'follow'
            indexes = ((('person', 'subject'), True),)
    db.create_tables([Follow])

    class Grant(Model):
        item_id = IntegerField(index=True)
        person_id = IntegerField(index=True)
        reason = CharField(max_length=120)
        created_at = UTCField()
        ends_at = UTCField()
        class Meta:
            database = db
            table_name = 'grant'
    db.create_tables([Grant])

    class HeldFile(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE', index=False)
        space = ForeignKeyField(Space, on_delete='CASCADE')
        folder = ForeignKeyField(Folder, null=True, on_delete='CASCADE')
        document = ForeignKeyField(Document, on_delete='CASCADE')
        sha256 = CharField(index=True, max_length=64)
        filename = CharField(max_length=200)
        size = BigIntegerField()
        audience = CharField(null=True, max_length=32)
        reason = CharField(max_length=300, default='')
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'held_file'
            indexes = ((('person', 'space', 'folder'), False),)
    db.create_tables([HeldFile])

    class Imported(Model):
        source = CharField(unique=True, max_length=400)
        item = ForeignKeyField(Item, on_delete='CASCADE')
        at = UTCField()
        class Meta:
            database = db
            table_name = 'imported'
    db.create_tables([Imported])

    class Invitation(Model):
        token_hash = CharField(unique=True, max_length=64)
        email = CharField(index=True, max_length=254)
        name = CharField(max_length=120, default='')
        organisation = ForeignKeyField(Organisation, on_delete='CASCADE')
        unit = ForeignKeyField(Unit, null=True, on_delete='SET NULL')
        sponsor = ForeignKeyField(Person, on_delete='CASCADE')
        space_id = IntegerField(null=True)
        message = TextField(default='')
        created_at = UTCField()
        expires_at = UTCField()
        access_ends_at = UTCField(null=True)
        accepted_at = UTCField(null=True)
        withdrawn_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'invitation'
    db.create_tables([Invitation])

    class Tag(Model):
        slug = CharField(unique=True, max_length=60)
        label = CharField(max_length=60)
        class Meta:
            database = db
            table_name = 'tag'
    db.create_tables([Tag])

    class ItemTag(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        tag = ForeignKeyField(Tag, on_delete='CASCADE')
        class Meta:
            database = db
            table_name = 'item_tag'
            indexes = ((('item', 'tag'), True),)
    db.create_tables([ItemTag])

    class Job(Model):
        id = BigAutoField()
        kind = CharField(index=True, max_length=64)
        payload = JSONField(default=dict)
        key = CharField(unique=True, null=True, max_length=200)
        run_after = UTCField(index=True)
        lease_owner = CharField(max_length=120, default='')
        lease_until = UTCField(null=True)
        attempts = IntegerField(default=0)
        done_at = UTCField(index=True, null=True)
        failed_at = UTCField(null=True)
        error = TextField(default='')
        progress = IntegerField(default=0)
        total = IntegerField(default=0)
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'job'
    db.create_tables([Job])

    class Membership(Model):
        space = ForeignKeyField(Space, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        role = CharField(max_length=10, default='member')
        sponsor_id = IntegerField(null=True)
        joined_at = UTCField()
        ends_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'membership'
            indexes = ((('space', 'person'), True),)
    db.create_tables([Membership])

    class Mention(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        class Meta:
            database = db
            table_name = 'mention'
            indexes = ((('item', 'person'), True),)
    db.create_tables([Mention])

    class MonthFigures(Model):
        month = CharField(unique=True, max_length=7)
        figures = JSONField()
        class Meta:
            database = db
            table_name = 'policy_month_figures'
    db.create_tables([MonthFigures])

    class Notification(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE', index=False)
        event_id = BigIntegerField()
        event_name = CharField(max_length=64)
        reason = CharField(max_length=12)
        subject = CharField(max_length=80, default='')
        words = CharField(max_length=200, default='')
        actor = ForeignKeyField(Person, null=True, on_delete='SET NULL', index=False)
        item = ForeignKeyField(Item, null=True, on_delete='CASCADE')
        root_id = IntegerField(null=True)
        space = ForeignKeyField(Space, null=True, on_delete='CASCADE', index=False)
        more = IntegerField(default=0)
        created_at = UTCField()
        seen_at = UTCField(null=True)
        read_at = UTCField(null=True)
        mailed_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'notification'
            indexes = ((('person', 'event_id'), True), (('person', 'seen_at'), False), (('person', 'created_at'), False), (('mailed_at', 'created_at'), False))
    db.create_tables([Notification])

    class NudgeCount(Model):
        day = CharField(max_length=10)
        rule = CharField(max_length=40)
        shown = IntegerField(default=0)
        posted_anyway = IntegerField(default=0)
        class Meta:
            database = db
            table_name = 'policy_nudge_count'
            indexes = ((('day', 'rule'), True),)
    db.create_tables([NudgeCount])

    class PagePicture(Model):
        version = ForeignKeyField(DocumentVersion, on_delete='CASCADE', index=False)
        number = IntegerField()
        sha256 = CharField(index=True, max_length=64)
        class Meta:
            database = db
            table_name = 'page_picture'
            indexes = ((('version', 'number'), True),)
    db.create_tables([PagePicture])

    class Parked(Model):
        subscriber = CharField(max_length=64)
        event_id = BigIntegerField()
        attempts = IntegerField(default=0)
        error = TextField(default='')
        parked_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'parked'
            indexes = ((('subscriber', 'event_id'), True),)
    db.create_tables([Parked])

    class Passage(Model):
        version = ForeignKeyField(DocumentVersion, on_delete='CASCADE', index=False)
        number = IntegerField()
        place = CharField(max_length=120, default='')
        text = TextField()
        class Meta:
            database = db
            table_name = 'passage'
            indexes = ((('version', 'number'), True),)
    db.create_tables([Passage])

    class PasswordReset(Model):
        token_hash = CharField(unique=True, max_length=64)
        person = ForeignKeyField(Person, on_delete='CASCADE')
        expires_at = UTCField()
        used_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'password_reset'
    db.create_tables([PasswordReset])

    class Place(Model):
        subscriber = CharField(primary_key=True, max_length=64)
        last_id = BigIntegerField(default=0)
        lease_owner = CharField(max_length=120, default='')
        lease_until = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'place'
    db.create_tables([Place])

    class PolicyException(Model):
        rule = CharField(max_length=40)
        person = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        space = ForeignKeyField(Space, null=True, on_delete='RESTRICT', index=False)
        what = CharField(max_length=200)
        reason = TextField()
        months = IntegerField()
        owner = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        approver = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        asked_at = UTCField()
        starts_at = UTCField(null=True)
        ends_at = UTCField(index=True, null=True)
        ended_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_exception'
            constraints = [
                SQL('CONSTRAINT "policy_exception_for" CHECK (person_id IS NOT NULL OR space_id IS NOT NULL)'),
                SQL('CONSTRAINT "policy_exception_reason" CHECK (length(reason) >= 20)'),
                SQL('CONSTRAINT "policy_exception_months" CHECK (months BETWEEN 1 AND 12)'),
                SQL('CONSTRAINT "policy_exception_second_person" CHECK (approver_id IS NULL OR (approver_id <> owner_id AND (person_id IS NULL OR approver_id <> person_id)))'),
                SQL('CONSTRAINT "policy_exception_end" CHECK (starts_at IS NULL OR (approver_id IS NOT NULL AND ends_at IS NOT NULL AND ends_at > starts_at AND ends_at - starts_at <= 31622400000000))'),
            ]
    db.create_tables([PolicyException])

    class Post(Model):
        item = ForeignKeyField(Item, primary_key=True, on_delete='CASCADE')
        blog = ForeignKeyField(Blog, on_delete='CASCADE')
        cover = ForeignKeyField(Attachment, null=True, on_delete='SET NULL')
        cover_alt = CharField(max_length=200, default='')
        class Meta:
            database = db
            table_name = 'post'
    db.create_tables([Post])

    class PostingPause(Model):
        person = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        space = ForeignKeyField(Space, null=True, on_delete='RESTRICT', index=False)
        cause = IntegerField(unique=True)
        clause = CharField(max_length=12)
        reason = TextField()
        decided_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        approved_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        starts_at = UTCField()
        ends_at = UTCField()
        ended_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'posting_pause'
            constraints = [
                SQL('CONSTRAINT "posting_pause_reason" CHECK (length(reason) >= 20 AND length(clause) > 0)'),
                SQL('CONSTRAINT "posting_pause_two_people" CHECK (decided_by_id <> person_id AND approved_by_id <> person_id AND approved_by_id <> decided_by_id)'),
                SQL('CONSTRAINT "posting_pause_end" CHECK (ends_at > starts_at AND ends_at - starts_at <= 2419200000000 AND (space_id IS NULL OR ends_at - starts_at <= 604800000000))'),
            ]
            indexes = ((('person', 'ends_at'), False),)
    db.create_tables([PostingPause])

    class PublishedHead(Model):
        day = CharField(unique=True, max_length=10)
        number = BigIntegerField()
        hash = CharField(max_length=64)
        class Meta:
            database = db
            table_name = 'policy_published_head'
    db.create_tables([PublishedHead])

    class Reaction(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        kind = CharField(max_length=12)
        at = UTCField()
        class Meta:
            database = db
            table_name = 'reaction'
            indexes = ((('item', 'person', 'kind'), True),)
    db.create_tables([Reaction])

    class ReadMark(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        person = ForeignKeyField(Person, on_delete='CASCADE')
        last_id = IntegerField(default=0)
        version = IntegerField(default=1)
        at = UTCField()
        class Meta:
            database = db
            table_name = 'read_mark'
            indexes = ((('person', 'item'), True),)
    db.create_tables([ReadMark])

    class Report(Model):
        case = ForeignKeyField(Case, on_delete='RESTRICT')
        item = ForeignKeyField(Item, on_delete='RESTRICT', index=False)
        person = ForeignKeyField(Person, null=True, on_delete='RESTRICT')
        clause = CharField(max_length=12, default='')
        words = TextField(default='')
        revision = IntegerField()
        at = UTCField()
        class Meta:
            database = db
            table_name = 'policy_report'
            indexes = ((('case', 'person'), True),)
    db.create_tables([Report])

    class Restriction(Model):
        decision = ForeignKeyField(Decision, on_delete='RESTRICT')
        kind = CharField(max_length=12, default='hide')
        item = ForeignKeyField(Item, on_delete='RESTRICT', index=False)
        person = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        clause = CharField(max_length=12)
        reason = TextField()
        days = IntegerField()
        state = CharField(max_length=12, default='proposed')
        decided_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        approved_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        approved_at = UTCField(null=True)
        approval_reason = TextField(default='')
        starts_at = UTCField(null=True)
        ends_at = UTCField(index=True, null=True)
        notice = ForeignKeyField(Notice, null=True, on_delete='RESTRICT', index=False)
        appeal_until = UTCField()
        finished_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'policy_restriction'
            constraints = [
                SQL('CONSTRAINT "policy_restriction_kind" CHECK (kind IN (\'reread\', \'hide\', \'pause_space\', \'pause_hub\', \'refer\'))'),
                SQL('CONSTRAINT "policy_restriction_state" CHECK (state IN (\'proposed\', \'refused\', \'active\', \'ended\', \'lifted\', \'overturned\'))'),
                SQL('CONSTRAINT "policy_restriction_reason" CHECK (length(reason) >= 20)'),
                SQL('CONSTRAINT "policy_restriction_clause" CHECK (length(clause) > 0)'),
                SQL('CONSTRAINT "policy_restriction_days" CHECK (days BETWEEN 1 AND 28 AND (kind <> \'pause_space\' OR days <= 7))'),
                SQL('CONSTRAINT "policy_restriction_not_own" CHECK (decided_by_id <> person_id)'),
                SQL('CONSTRAINT "policy_restriction_second_person" CHECK (approved_by_id IS NULL OR (approved_by_id <> decided_by_id AND approved_by_id <> person_id))'),
                SQL('CONSTRAINT "policy_restriction_complete" CHECK (state IN (\'proposed\', \'refused\') OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL AND starts_at IS NOT NULL AND ends_at IS NOT NULL AND notice_id IS NOT NULL))'),
                SQL('CONSTRAINT "policy_restriction_end" CHECK (ends_at IS NULL OR (ends_at > starts_at AND ends_at - starts_at <= 2419200000000 AND (kind <> \'pause_space\' OR ends_at - starts_at <= 604800000000)))'),
            ]
    db.create_tables([Restriction])

    class Revision(Model):
        item = ForeignKeyField(Item, on_delete='CASCADE')
        number = IntegerField()
        title = CharField(max_length=200, default='')
        body = TextField(default='')
        tags = JSONField(default=list)
        editor = ForeignKeyField(Person, on_delete='RESTRICT')
        note = CharField(max_length=300, default='')
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'revision'
            indexes = ((('item', 'number'), True),)
    db.create_tables([Revision])

    class SavedSearch(Model):
        person = ForeignKeyField(Person, on_delete='CASCADE')
        name = CharField(max_length=80)
        text = CharField(max_length=400, default='')
        chosen = JSONField(default=dict)
        sort = CharField(max_length=8, default='')
        alerts = BooleanField(default=True)
        since = UTCField()
        created_at = UTCField()
        class Meta:
            database = db
            table_name = 'saved_search'
    db.create_tables([SavedSearch])

    class SavedSearchHit(Model):
        search = ForeignKeyField(SavedSearch, on_delete='CASCADE', index=False)
        item = ForeignKeyField(Item, on_delete='CASCADE')
        class Meta:
            database = db
            table_name = 'saved_search_hit'
            indexes = ((('search', 'item'), True),)
    db.create_tables([SavedSearchHit])

    class Seal(Model):
        case = ForeignKeyField(Case, unique=True, on_delete='RESTRICT')
        author = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        asked_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        reason = TextField()
        starts_at = UTCField(index=True)
        ends_at = UTCField()
        approved_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        approved_at = UTCField(null=True)
        opened_by = ForeignKeyField(Person, null=True, on_delete='RESTRICT', index=False)
        opened_at = UTCField(index=True, null=True)
        class Meta:
            database = db
            table_name = 'policy_seal'
            constraints = [
                SQL('CONSTRAINT "policy_seal_reason" CHECK (length(reason) >= 20)'),
                SQL('CONSTRAINT "policy_seal_not_own" CHECK (asked_by_id <> author_id)'),
                SQL('CONSTRAINT "policy_seal_second_person" CHECK (approved_by_id IS NULL OR (approved_by_id <> asked_by_id AND approved_by_id <> author_id AND approved_at IS NOT NULL))'),
                SQL('CONSTRAINT "policy_seal_end" CHECK (ends_at > starts_at AND (ends_at - starts_at <= 86400000000 OR (approved_by_id IS NOT NULL AND ends_at - starts_at <= 1209600000000)))'),
            ]
    db.create_tables([Seal])

    class SearchClick(Model):
        text = CharField(max_length=200)
        key = CharField(max_length=40)
        rank = IntegerField()
        person = CharField(max_length=32)
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'search_click'
    db.create_tables([SearchClick])

    class SearchQuery(Model):
        text = CharField(max_length=200)
        results = IntegerField()
        person = CharField(max_length=32)
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'search_query'
    db.create_tables([SearchQuery])

    class SearchTuning(Model):
        version = IntegerField(default=1)
        weights = JSONField(default=dict)
        class Meta:
            database = db
            table_name = 'search_tuning'
    db.create_tables([SearchTuning])

    class SentForm(Model):
        key = CharField(unique=True, max_length=64)
        item = ForeignKeyField(Item, on_delete='CASCADE')
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'sent_form'
    db.create_tables([SentForm])

    class Service(Model):
        name = CharField(unique=True, max_length=80)
        about = CharField(max_length=300, default='')
        state = CharField(max_length=10, default='working')
        note = CharField(max_length=300, default='')
        promise = CharField(max_length=60, default='')
        back_at = UTCField(null=True)
        position = IntegerField(default=0)
        changed_at = UTCField()
        changed_by_id = IntegerField(null=True)
        class Meta:
            database = db
            table_name = 'service'
    db.create_tables([Service])

    class Session(Model):
        token_hash = CharField(unique=True, max_length=64)
        person = ForeignKeyField(Person, on_delete='CASCADE')
        device = CharField(max_length=200, default='')
        address = CharField(max_length=64, default='')
        created_at = UTCField()
        seen_at = UTCField()
        ended_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'session'
    db.create_tables([Session])

    class SignInAttempt(Model):
        subject = CharField(index=True, max_length=254)
        at = UTCField(index=True)
        class Meta:
            database = db
            table_name = 'sign_in_attempt'
    db.create_tables([SignInAttempt])

    class Synonym(Model):
        words = CharField(unique=True, max_length=300)
        off = BooleanField(default=False)
        by = ForeignKeyField(Person, null=True, on_delete='SET NULL', index=False)
        at = UTCField()
        class Meta:
            database = db
            table_name = 'synonym'
    db.create_tables([Synonym])

    class Topic(Model):
        item = ForeignKeyField(Item, primary_key=True, on_delete='CASCADE')
        category = ForeignKeyField(Category, on_delete='RESTRICT')
        solved_id = IntegerField(null=True)
        locked_at = UTCField(null=True)
        lock_reason = CharField(max_length=300, default='')
        pinned_until = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'topic'
    db.create_tables([Topic])

    class TrustedHost(Model):
        host = CharField(unique=True, max_length=253)
        reason = CharField(max_length=300)
        added_by = ForeignKeyField(Person, on_delete='RESTRICT', index=False)
        added_at = UTCField()
        class Meta:
            database = db
            table_name = 'policy_trusted_host'
    db.create_tables([TrustedHost])

    class Unscanned(Model):
        item = ForeignKeyField(Item, primary_key=True, on_delete='CASCADE')
        asked = IntegerField(default=1)
        since = UTCField()
        try_after = UTCField(index=True)
        attempts = IntegerField(default=0)
        error = CharField(max_length=300, default='')
        class Meta:
            database = db
            table_name = 'policy_unscanned'
    db.create_tables([Unscanned])

    class Wishes(Model):
        person = ForeignKeyField(Person, primary_key=True, on_delete='CASCADE')
        times = JSONField(default=dict)
        daily_at = UTCField(null=True)
        weekly_at = UTCField(null=True)
        class Meta:
            database = db
            table_name = 'wishes'
    db.create_tables([Wishes])


def down(migrator, db):
    migrator.migrate(migrator.drop_table('wishes'))
    migrator.migrate(migrator.drop_table('policy_unscanned'))
    migrator.migrate(migrator.drop_table('policy_trusted_host'))
    migrator.migrate(migrator.drop_table('topic'))
    migrator.migrate(migrator.drop_table('synonym'))
    migrator.migrate(migrator.drop_table('sign_in_attempt'))
    migrator.migrate(migrator.drop_table('session'))
    migrator.migrate(migrator.drop_table('service'))
    migrator.migrate(migrator.drop_table('sent_form'))
    migrator.migrate(migrator.drop_table('search_tuning'))
    migrator.migrate(migrator.drop_table('search_query'))
    migrator.migrate(migrator.drop_table('search_click'))
    migrator.migrate(migrator.drop_table('policy_seal'))
    migrator.migrate(migrator.drop_table('saved_search_hit'))
    migrator.migrate(migrator.drop_table('saved_search'))
    migrator.migrate(migrator.drop_table('revision'))
    migrator.migrate(migrator.drop_table('policy_restriction'))
    migrator.migrate(migrator.drop_table('policy_report'))
    migrator.migrate(migrator.drop_table('read_mark'))
    migrator.migrate(migrator.drop_table('reaction'))
    migrator.migrate(migrator.drop_table('policy_published_head'))
    migrator.migrate(migrator.drop_table('posting_pause'))
    migrator.migrate(migrator.drop_table('post'))
    migrator.migrate(migrator.drop_table('policy_exception'))
    migrator.migrate(migrator.drop_table('place'))
    migrator.migrate(migrator.drop_table('password_reset'))
    migrator.migrate(migrator.drop_table('passage'))
    migrator.migrate(migrator.drop_table('parked'))
    migrator.migrate(migrator.drop_table('page_picture'))
    migrator.migrate(migrator.drop_table('policy_nudge_count'))
    migrator.migrate(migrator.drop_table('notification'))
    migrator.migrate(migrator.drop_table('policy_month_figures'))
    migrator.migrate(migrator.drop_table('mention'))
    migrator.migrate(migrator.drop_table('membership'))
    migrator.migrate(migrator.drop_table('job'))
    migrator.migrate(migrator.drop_table('item_tag'))
    migrator.migrate(migrator.drop_table('tag'))
    migrator.migrate(migrator.drop_table('invitation'))
    migrator.migrate(migrator.drop_table('imported'))
    migrator.migrate(migrator.drop_table('held_file'))
    migrator.migrate(migrator.drop_table('grant'))
    migrator.migrate(migrator.drop_table('follow'))
    migrator.migrate(migrator.drop_table('policy_finding'))
    migrator.migrate(migrator.drop_table('event'))
    migrator.migrate(migrator.drop_table('policy_emergency_hide'))
    migrator.migrate(migrator.drop_table('policy_dry_hit'))
    migrator.migrate(migrator.drop_table('policy_dry_run'))
    migrator.migrate(migrator.drop_table('policy_rule_version'))
    migrator.migrate(migrator.drop_table('policy_rule'))
    migrator.migrate(migrator.drop_table('draft'))
    migrator.migrate(migrator.drop_table('document_version'))
    migrator.migrate(migrator.drop_table('document'))
    migrator.migrate(migrator.drop_table('folder'))
    migrator.migrate(migrator.drop_table('policy_conflict'))
    migrator.migrate(migrator.drop_table('policy_clause'))
    migrator.migrate(migrator.drop_table('policy_chain_end'))
    migrator.migrate(migrator.drop_table('category'))
    migrator.migrate(migrator.drop_table('policy_case_event'))
    migrator.migrate(migrator.drop_table('bookmark'))
    migrator.migrate(migrator.drop_table('blog'))
    migrator.migrate(migrator.drop_table('best_bet'))
    migrator.migrate(migrator.drop_table('policy_behaviour_finding'))
    migrator.migrate(migrator.drop_table('policy_audit'))
    migrator.migrate(migrator.drop_table('attachment'))
    migrator.migrate(migrator.drop_table('asked'))
    migrator.migrate(migrator.drop_table('policy_appeal'))
    migrator.migrate(migrator.drop_table('policy_decision'))
    migrator.migrate(migrator.drop_table('policy_notice'))
    migrator.migrate(migrator.drop_table('policy_case'))
    migrator.migrate(migrator.drop_table('item'))
    migrator.migrate(migrator.drop_table('announcement'))
    migrator.migrate(migrator.drop_table('policy_acknowledgement'))
    migrator.migrate(migrator.drop_table('policy_version'))
    migrator.migrate(migrator.drop_table('access_request'))
    migrator.migrate(migrator.drop_table('person'))
    migrator.migrate(migrator.drop_table('unit'))
    migrator.migrate(migrator.drop_table('organisation'))
    migrator.migrate(migrator.drop_table('space'))
