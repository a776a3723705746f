"""Where the embedded services keep their data and sockets, also when root runs them.

PostgreSQL refuses to run as root, so root runs it as a system user of its own, who must be able to walk the path to its
data and programs.  We never open a folder that is not ours for that: when the path to LANE_HOME is closed to others (as
/root is), root's data goes to /var/lib/lane-embedded instead, and `explain` says so.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SYSTEM_USER = "lane-postgres"
ROOTS_FOLDER = Path("/var/lib/lane-embedded")
LONGEST_SOCKET_PATH = 100
"""Linux allows 107 bytes for a unix socket's path; PostgreSQL adds its own name to the folder's."""


class CannotRun(RuntimeError):
    """The machine lacks something the embedded services need.  The message is for the person at the keyboard."""


def others_can_walk(path: Path) -> bool:
    """Whether any user may walk every existing folder from / down to `path`."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


@dataclass(frozen=True)
class Places:
    home: Path

    @cached_property
    def is_root(self) -> bool:
        return os.geteuid() == 0

    @cached_property
    def run(self) -> Path:
        return self.home / "run"

    @cached_property
    def logs(self) -> Path:
        return self.home / "logs"

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @cached_property
    def postgres(self) -> Path:
        """The folder that PostgreSQL's user owns: data, log and (if the path is short enough) socket."""
        if self.is_root and not others_can_walk(self.home.parent):
            return ROOTS_FOLDER / self._digest / "postgres"
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.postgres / "data"

    @property
    def postgres_log(self) -> Path:
        return self.postgres / "postgres.log"

    @cached_property
    def _short(self) -> Path:
        """A folder with a short path, for sockets whose own folder's path is too long."""
        roof = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        return Path(roof) / f"lane-{os.geteuid()}-{self._digest}"

    @cached_property
    def postgres_socket(self) -> Path:
        wanted = self.postgres / "socket"
        return wanted if len(str(wanted / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH else self._short / "postgres"

    @cached_property
    def valkey_socket(self) -> Path:
        wanted = self.run / "valkey.sock"
        return wanted if len(str(wanted)) <= LONGEST_SOCKET_PATH else self._short / "valkey.sock"

    def make_home(self) -> None:
        """LANE_HOME and what is in it, closed to others (root leaves it walkable for PostgreSQL, not readable)."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o711 if self.is_root else 0o700)
        if self.is_root and self.postgres.is_relative_to(self.home):
            self.home.chmod(self.home.stat().st_mode | stat.S_IXOTH)
        for folder in (self.run, self.logs, self.home / "media"):
            folder.mkdir(exist_ok=True, mode=0o700)
        if self.valkey_socket.parent == self._short or self.postgres_socket.parent == self._short:
            self._make_short()

    def _make_short(self) -> None:
        self._short.mkdir(exist_ok=True, mode=0o711 if self.is_root else 0o700)
        found = self._short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise CannotRun(f"{self._short} belongs to somebody else. Set LANE_HOME to a shorter path.")

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        """The system user PostgreSQL runs as: ourselves, or for root the owner of the data, made when missing."""
        if not self.is_root:
            try:
                return pwd.getpwuid(os.geteuid())
            except KeyError:
                raise CannotRun(
                    f"User {os.geteuid()} has no name on this machine, which PostgreSQL needs. Run as a named user, or "
                    "set DATABASE_URL."
                ) from None
        if self.data.exists() and (uid := self.data.stat().st_uid) != 0:
            return pwd.getpwuid(uid)
        return system_user()

    def make_postgres_folder(self) -> None:
        self.postgres.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        for folder in (self.postgres, self.postgres_socket):
            folder.mkdir(exist_ok=True, mode=0o700)
            if self.is_root:
                os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)

    def explain(self) -> str:
        """One line on where the data is and whose it is."""
        if self.is_root:
            return f"PostgreSQL runs as the system user {self.owner.pw_name}; its data is in {self.postgres}."
        return f"PostgreSQL's data is in {self.postgres}."

    def programs(self, installed: Path) -> Path:
        """The PostgreSQL programs, somewhere their user may execute them.

        `installed` is the wheel's bin folder.  When root's virtual environment is closed to other users the programs
        are copied (41 MB, once per version) rather than the environment opened.
        """
        if not self.is_root or others_can_walk(installed):
            return installed
        package = installed.parents[1]
        copy = ROOTS_FOLDER / f"programs-{hashlib.sha256(str(installed).encode()).hexdigest()[:12]}"
        newest = str((package / "pginstall" / "bin" / "postgres").stat().st_mtime_ns)
        if not (copy / newest).exists():
            half = copy.with_name(f"{copy.name}.{os.getpid()}")
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, half / part.name, symlinks=True)
            (half / newest).touch()
            for folder in (ROOTS_FOLDER, half):
                folder.chmod(0o755)
            shutil.rmtree(copy, ignore_errors=True)
            half.rename(copy)
        return copy / package.name / "pginstall" / "bin"


def system_user() -> pwd.struct_passwd:
    """The user PostgreSQL runs as under root, made without a home, a shell or a password when it does not exist."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as failed:
        try:
            return pwd.getpwnam(SYSTEM_USER)  # somebody else made it just now
        except KeyError:
            raise CannotRun(
                f"PostgreSQL may not run as root, and the system user {SYSTEM_USER} could not be made ({failed}). "
                "Run as an ordinary user, or set DATABASE_URL."
            ) from failed
    return pwd.getpwnam(SYSTEM_USER)
