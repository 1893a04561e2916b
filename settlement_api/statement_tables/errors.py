"""What tables of entries cannot be."""


class TableUnreadable(Exception):
    """No profile reads the table, or it is not what its profile says; places are in the message.

    A job stores it beside the file: nobody is answered with it.
    """


class ProfilesBroken(Exception):
    """The declared profiles cannot be read: operators mend them, and the job runs again."""
