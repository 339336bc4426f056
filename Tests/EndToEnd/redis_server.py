"""A real redis-server of a test's own, which can be killed, paused, filled and started anew."""

import os
import pathlib
import signal
import socket
import subprocess
import time

from record import RECORD


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    """`redis-server` on 127.0.0.1 that keeps nothing on disk.

    `password` is the default user's; `certificate` a (certificate, key, authority) triple of paths for TLS; `settings`
    are further lines of its configuration file.
    """

    def __init__(self, folder, *, password=None, certificate=None, unix=False, settings=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.password = RECORD.secret("store's password", password)
        self.certificate = certificate
        self.port = free_port()
        self.socket = self.folder / "redis.sock" if unix else None
        self.process = None
        plain, tls = (0, self.port) if certificate else (self.port, 0)
        lines = [
            "bind 127.0.0.1", f"port {plain}", "save ''", "appendonly no", f"dir {self.folder}",
            f"logfile {self.folder}/redis.log", "daemonize no", *settings,
        ]
        if unix:
            lines.append(f"unixsocket {self.socket}")
        if password:
            lines.append(f"requirepass {password}")
        if certificate:
            lines += [f"tls-port {tls}", f"tls-cert-file {certificate[0]}", f"tls-key-file {certificate[1]}",
                      f"tls-ca-cert-file {certificate[2]}", "tls-auth-clients no"]
        self.file = self.folder / "redis.conf"
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.start()

    @property
    def url(self):
        """Its URL, with the password where it has one."""
        user = f":{self.password}@" if self.password else ""
        if self.socket:
            return f"unix://{user}{self.socket}"
        return f"{'rediss' if self.certificate else 'redis'}://{user}127.0.0.1:{self.port}"

    def start(self):
        """Starts it, on the same port as before, and waits until it answers."""
        self.process = subprocess.Popen(["redis-server", str(self.file)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.05)

    def _answers(self):
        try:
            return self.ask("PING") == "PONG"
        except subprocess.CalledProcessError:
            return False

    def ask(self, *arguments):
        """What `redis-cli` prints."""
        command = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), "--no-auth-warning", "-e"]
        if self.certificate:
            command += ["--tls", "--cacert", self.certificate[2]]
        environment = {**os.environ, **({"REDISCLI_AUTH": self.password} if self.password else {})}
        run = subprocess.run([*command, *map(str, arguments)], env=environment, capture_output=True, check=True,
                             timeout=20, stdin=subprocess.DEVNULL)
        return run.stdout.decode().strip()

    def keys(self):
        return sorted(self.ask("KEYS", "*").splitlines())

    def pause(self):
        """It goes on to exist, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process.poll() is None:
            self.resume()
            self.kill()
