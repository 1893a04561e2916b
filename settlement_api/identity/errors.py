"""Refusals of logins and of the administration of people and keys."""

from schemas.problems import Conflict, Forbidden, Invalid, NotFound, Problem


class LoginFailed(Problem):
    """Name or password is wrong, or the account rests: the answer does not say which."""

    code = "login_failed"
    title = "Name or password is wrong, or the account rests after too many attempts"
    status = 401


class LoginNameTaken(Conflict):
    """Another person has this login name."""

    code = "login_name_taken"
    title = "This login name is taken"


class RolesMisfit(Invalid):
    """A role was given that people of this party cannot hold."""

    code = "roles_misfit"
    title = "These roles do not go with this party"


class PartyMisfit(Invalid):
    """The ids given do not make the party named, or it does not exist."""

    code = "party_misfit"
    title = "The party named does not exist like this"


class OwnRoles(Forbidden):
    """Nobody grants roles to themselves."""

    code = "own_roles"
    title = "Somebody else must grant you roles"


class PasswordUnchanged(Invalid):
    """The new password is the present one."""

    code = "password_unchanged"
    title = "The new password must be another one"


class UserMissing(NotFound):
    """No such person, or not one this administrator may see."""

    code = "user_missing"
    title = "There is no such person here"


class KeyMissing(NotFound):
    """No such key, or not one this administrator may see."""

    code = "key_missing"
    title = "There is no such key here"


class BootstrapClosed(Conflict):
    """There already is an administrator: the first one can be made only once."""

    code = "bootstrap_closed"
    title = "There already is an administrator"
