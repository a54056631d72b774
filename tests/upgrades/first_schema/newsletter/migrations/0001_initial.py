"""The first migration of this app as it was first committed: never changed, so that upgrades can be tried."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GlossaryTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10)),
                ('term', models.CharField(max_length=120)),
                ('translation', models.CharField(max_length=200)),
                ('note', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('language', 'term'), name='unique_glossary_language_term')],
            },
        ),
        migrations.CreateModel(
            name='IntakeDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('arxiv', 'arXiv'), ('huggingface', 'Hugging Face')], max_length=12)),
                ('day', models.DateField()),
                ('state', models.CharField(choices=[('done', 'done'), ('empty', 'nothing was announced'), ('failed', 'failed')], max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('counts', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'day'), name='unique_intake_source_day'), models.CheckConstraint(condition=models.Q(('state__in', ['done', 'empty', 'failed'])), name='intake_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('arxiv_id', models.CharField(help_text='Without its version.', max_length=32, verbose_name='arXiv id')),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('provenance', models.CharField(choices=[('arxiv', 'arXiv'), ('huggingface', 'Hugging Face')], default='arxiv', max_length=12)),
                ('title', models.TextField()),
                ('abstract', models.TextField(blank=True)),
                ('authors', models.JSONField(default=list, help_text="Names, in the paper's order.")),
                ('categories', models.JSONField(default=list, help_text='arXiv categories, the primary one first.')),
                ('primary_category', models.CharField(blank=True, db_index=True, max_length=32)),
                ('comment', models.TextField(blank=True)),
                ('doi', models.CharField(blank=True, max_length=300, verbose_name='DOI')),
                ('journal_ref', models.TextField(blank=True, verbose_name='journal reference')),
                ('licence', models.URLField(blank=True, max_length=300)),
                ('published_at', models.DateTimeField(help_text='When version 1 was submitted.', null=True)),
                ('updated_at', models.DateTimeField(help_text='When this version was submitted.', null=True)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('votes', models.PositiveIntegerField(default=0)),
                ('votes_at', models.DateTimeField(blank=True, null=True)),
                ('comments_count', models.PositiveIntegerField(default=0)),
                ('image_url', models.URLField(blank=True, max_length=1000)),
                ('video_url', models.URLField(blank=True, max_length=1000)),
                ('code_url', models.URLField(blank=True, max_length=1000)),
                ('code_stars', models.PositiveIntegerField(blank=True, null=True)),
                ('project_url', models.URLField(blank=True, max_length=1000)),
                ('organisation', models.CharField(blank=True, max_length=300)),
                ('keywords', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-published_at'], name='paper_published')],
                'constraints': [models.UniqueConstraint(fields=('arxiv_id',), name='unique_paper_arxiv_id')],
            },
        ),
        migrations.CreateModel(
            name='SourceHealth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=20)),
                ('last_good_day', models.DateField(blank=True, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('requests_day', models.DateField(blank=True, null=True)),
                ('requests_today', models.PositiveIntegerField(default=0)),
                ('circuit_open_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'source health',
                'constraints': [models.UniqueConstraint(fields=('source',), name='unique_source_health')],
            },
        ),
        migrations.CreateModel(
            name='Summary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10)),
                ('state', models.CharField(choices=[('wanted', 'wanted'), ('claimed', 'being written'), ('ready', 'ready'), ('held', 'held for an editor'), ('failed', 'failed')], default='wanted', max_length=8)),
                ('author', models.CharField(blank=True, choices=[('model', 'model'), ('editor', 'editor'), ('extract', 'extract of the abstract')], max_length=8)),
                ('title', models.TextField(blank=True, help_text='The translated title, where it helps.')),
                ('sentence', models.TextField(blank=True)),
                ('takeaways', models.JSONField(blank=True, default=list, help_text='[{"text": …, "evidence": …}]')),
                ('keywords', models.JSONField(blank=True, default=list)),
                ('reason', models.TextField(blank=True, help_text='Why it is held or failed.')),
                ('paper_version', models.PositiveSmallIntegerField(default=1)),
                ('is_outdated', models.BooleanField(default=False)),
                ('attempts_count', models.PositiveSmallIntegerField(default=0)),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('written_at', models.DateTimeField(blank=True, null=True)),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='summaries', to='newsletter.paper')),
            ],
            options={
                'verbose_name_plural': 'summaries',
            },
        ),
        migrations.CreateModel(
            name='SummaryAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('first', 'first answer'), ('repair', 'repair'), ('hint', 'asked again by an editor')], default='first', max_length=8)),
                ('paper_version', models.PositiveSmallIntegerField(default=1)),
                ('prompt_version', models.CharField(max_length=20)),
                ('model', models.CharField(max_length=120)),
                ('answer', models.TextField(blank=True)),
                ('findings', models.JSONField(blank=True, default=list)),
                ('error', models.TextField(blank=True)),
                ('prompt_tokens', models.PositiveIntegerField(default=0)),
                ('completion_tokens', models.PositiveIntegerField(default=0)),
                ('cost', models.DecimalField(decimal_places=6, default=0, help_text='In US dollars.', max_digits=12)),
                ('at', models.DateTimeField()),
                ('summary', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='newsletter.summary')),
            ],
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60)),
                ('names', models.JSONField(default=dict, help_text='The name in each language: {code: name}.')),
                ('area', models.CharField(blank=True, max_length=60)),
                ('categories', models.JSONField(blank=True, default=list, help_text='Such as ["cs.CV", "eess.*"].')),
                ('query', models.TextField(blank=True, help_text='Words, "phrases", title:, author:, AND, OR, NOT, ( ).')),
                ('listing', models.CharField(blank=True, help_text='"huggingface": only that daily list. Empty: all papers.', max_length=20)),
                ('colour', models.CharField(default='#334155', max_length=7)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['position', 'slug'],
                'constraints': [models.UniqueConstraint(fields=('slug',), name='unique_topic_slug')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True)),
                ('state', models.CharField(choices=[('draft', 'draft'), ('held', 'held by an editor'), ('approved', 'approved'), ('frozen', 'frozen: it is being sent')], default='draft', max_length=8)),
                ('note', models.JSONField(blank=True, default=dict, help_text="The editor's note by language: {code: text}.")),
                ('candidates_count', models.PositiveIntegerField(default=0, help_text='How many papers of the day matched.')),
                ('composed_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('revision', models.PositiveIntegerField(default=0, help_text='Counts changes: two editors notice each other.')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='newsletter.topic')),
            ],
            options={
                'ordering': ['-day', 'topic__position'],
            },
        ),
        migrations.CreateModel(
            name='Demand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=10)),
                ('readers', models.PositiveIntegerField()),
                ('topic', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='demand', to='newsletter.topic')),
            ],
            options={
                'verbose_name_plural': 'demand',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('is_pinned', models.BooleanField(default=False)),
                ('is_hidden', models.BooleanField(default=False)),
                ('matched', models.JSONField(blank=True, default=list, help_text="The paper's words that made it match.")),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='newsletter.edition')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='newsletter.paper')),
            ],
            options={
                'verbose_name_plural': 'entries',
                'ordering': ['-is_pinned', 'position'],
                'constraints': [models.UniqueConstraint(fields=('edition', 'paper'), name='unique_entry_edition_paper'), models.CheckConstraint(condition=models.Q(('is_hidden', True), ('is_pinned', True), _negated=True), name='entry_not_both')],
            },
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('arxiv', 'arXiv'), ('huggingface', 'Hugging Face')], max_length=12)),
                ('kind', models.CharField(choices=[('new', 'new'), ('cross', 'cross-list'), ('replace', 'replacement'), ('replace-cross', 'replacement of a cross-list'), ('daily', 'daily list')], max_length=14)),
                ('day', models.DateField()),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcements', to='newsletter.paper')),
            ],
            options={
                'indexes': [models.Index(fields=['day', 'source'], name='announcement_day_source')],
                'constraints': [models.UniqueConstraint(fields=('paper', 'source', 'day'), name='unique_announcement')],
            },
        ),
        migrations.CreateModel(
            name='PaperVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('title', models.TextField()),
                ('abstract', models.TextField(blank=True)),
                ('updated_at', models.DateTimeField(null=True)),
                ('is_notable', models.BooleanField(default=False, help_text='Title or abstract differ from the version before in more than white space.')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='newsletter.paper')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('paper', 'version'), name='unique_paper_version')],
            },
        ),
        migrations.AddIndex(
            model_name='summary',
            index=models.Index(fields=['state', 'language'], name='summary_state_language'),
        ),
        migrations.AddConstraint(
            model_name='summary',
            constraint=models.UniqueConstraint(fields=('paper', 'language'), name='unique_summary_paper_language'),
        ),
        migrations.AddConstraint(
            model_name='summary',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['wanted', 'claimed', 'ready', 'held', 'failed'])), name='summary_state_known'),
        ),
        migrations.AddConstraint(
            model_name='summary',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(models.Q(('sentence', ''), _negated=True), models.Q(('author', ''), _negated=True)), _connector='OR'), name='summary_ready_says_something'),
        ),
        migrations.AddIndex(
            model_name='summaryattempt',
            index=models.Index(fields=['at'], name='attempt_at'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.UniqueConstraint(fields=('topic', 'day'), name='unique_edition_topic_day'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'held', 'approved', 'frozen'])), name='edition_state_known'),
        ),
        migrations.AddConstraint(
            model_name='demand',
            constraint=models.UniqueConstraint(fields=('topic', 'language'), name='unique_demand', nulls_distinct=False),
        ),
    ]
