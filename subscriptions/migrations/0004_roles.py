from django.db import migrations

from subscriptions.roles import write_roles


def add_roles(apps, schema_editor):
    write_roles(
        apps.get_model("auth", "Group"),
        apps.get_model("auth", "Permission"),
        apps.get_model("contenttypes", "ContentType"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("newsletter", "0005_desk"),
        ("subscriptions", "0003_delivery_holds"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="delivery",
            options={
                "permissions": [
                    ("steer_delivery", "Can pause, cancel, retry and settle deliveries"),
                    ("preview_digest", "Can preview digests and send a test"),
                ],
                "verbose_name_plural": "deliveries",
            },
        ),
        migrations.AlterModelOptions(
            name="subscriber",
            options={
                "permissions": [
                    ("see_addresses", "Can see readers' addresses"),
                    ("tend_subscriber", "Can unsubscribe and suppress readers"),
                    ("erase_subscriber", "Can erase readers"),
                    ("export_subscribers", "Can export what is kept of readers"),
                ]
            },
        ),
        migrations.RunPython(add_roles, migrations.RunPython.noop),
    ]
