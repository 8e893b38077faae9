"""What stands in a command's way, in a sentence: the machine's trouble, not a mistake of ours."""

from django.db import connection

from tracker.records.trouble import trouble


def told(error: BaseException) -> str:
    """What the operating system or the database refuses, and of what; "" for a mistake of ours."""
    if trouble(error):
        where = connection.settings_dict
        at = f" at {where['HOST']}" if where["HOST"] else ""
        said = str(error).strip().rstrip(".")
        return (
            f"The database {where['NAME']}{at} does not do what it is asked: {said}. "
            "What was not finished is not saved; docs/operations.md says what to do."
        )
    if isinstance(error, OSError) and error.strerror:
        names = [str(each) for each in (error.filename, error.filename2) if each is not None]
        return f"{' and '.join(names) or 'The machine'}: {error.strerror}."
    return ""
