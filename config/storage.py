"""Static files under hashed names, so that browsers may keep them for good."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """ES modules name each other in `import` statements; those names are hashed as well."""

    support_js_module_import_aggregation = True
