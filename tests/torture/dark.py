# SPDX-License-Identifier: Apache-2.0
"""Names, the mail server, all partners and the control host fail at once, for hours or days of a fast clock, and come back.

Before that one partner really ends, and meanwhile another one does.  Once all is back everybody on the list was told of both, in
one letter each; nobody was told of a partner that is well; no listing is lost.  Now and then vigied is killed in the dark: the
letter that it had given away and not yet noted then comes twice, the same.
"""
import collections
import contextlib
import socket
import subprocess
import threading

from mailbox import PLACES, Mailbox, text
from office import GOOD, wait_until
from rehearsal import Rehearsal
from rounds import Broken

SPEED = 20000  # a day in 4.3 s
PEOPLE = ("accueil@office.example", "nuit@office.example")
WELL = tuple(f"well{i}" for i in range(5))
NAME_SERVERS = ("127.0.0.1", "127.0.0.2")
RESOLV = "".join(f"nameserver {s}\n" for s in NAME_SERVERS) + "options timeout:1 attempts:1\n"
DNS = ("silent", "servfail")
POST = ("down", "later", "dropping", *PLACES)
PARTNER = {"503": ("status", {"status": 503}), "reset": ("reset", {}), "mute": ("stall", {}), "refused": None}


class Names:
    """The name servers of this network, in front of the simulator's: mood good, silent or servfail."""

    def __init__(self, port):
        self.port, self.mood = port, "good"
        for address in NAME_SERVERS:
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind((address, 53))
            threading.Thread(target=self.serve, args=(server,), daemon=True).start()

    def serve(self, server):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
            behind.connect(("127.0.0.1", self.port))
            while True:
                packet, client = server.recvfrom(4096)
                if self.mood == "servfail":
                    server.sendto(packet[:2] + b"\x81\x82" + packet[4:6] + bytes(6) + packet[12:], client)
                elif self.mood == "good":
                    behind.send(packet)
                    server.sendto(behind.recv(4096), client)


def use_names(folder):
    """This process and those that it starts ask our name servers; needs a mount namespace of its own."""
    for name, words in (("resolv.conf", RESOLV), ("nsswitch.conf", "hosts: dns\n")):
        (folder / name).write_text(words, encoding="ascii")
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True, capture_output=True)


class World:
    """One office, its partners by their names, its mail server, and what is wrong with them."""

    def __init__(self, folder, sim, names, post):
        self.sim, self.names, self.post = sim, names, post
        self.control = sim.create("control", shape="raw")
        self.r = Rehearsal(folder, sim, post, SPEED, None, {
            "watch": {"control": f"http://control.example:{sim.port}/", "resolvers": " ".join(f"{s}:53" for s in NAME_SERVERS)},
            "mail": {"server": f"smtp://post.example:{post.port}", "to": ", ".join(PEOPLE)}})
        sim.say_of_name("post.example", "ok")
        for name in ("before", "meanwhile", *WELL):
            partner = sim.create(name, shape="plain", count=12, paging="none")
            base = f"http://{name}.example:{sim.port}"
            self.r.add(name, partner, request={"url": base + partner.info()["url"].removeprefix(partner.base_url)},
                       partner={"website": base + "/"})
        self.everybody = [self.control, *self.r.partners.values()]

    def close(self):
        for partner in self.everybody:
            self.sim.delete(partner.name)

    # ---- what fails, and is mended

    def failures(self, rng):
        """[(what, how, strike, mend)] in any order."""
        names, post, everybody = rng.choice(DNS), rng.choice(POST), []
        for partner in self.everybody:
            how = rng.choice([h for h in PARTNER if h != "refused" or partner.name != "meanwhile"])
            everybody.append(("partners", how, *self.of_partner(partner, how)))
        found = [("names", names, lambda: setattr(self.names, "mood", names), lambda: setattr(self.names, "mood", "good")),
                 ("mail", post, lambda: self.strike_post(post), self.mend_post), *everybody]
        return rng.sample(found, len(found))

    @staticmethod
    def of_partner(partner, how):
        """What strikes one, and what mends just that; how it ended, if it did, stays."""
        if how == "refused":
            return partner.refuse, partner.accept
        kind, options = PARTNER[how]
        number = []
        return (lambda: number.append(partner.fault(kind, scope="any", **options))), (lambda: partner.clear(number[0]))

    def strike_post(self, how):
        if how == "down":
            self.post.stop()
        elif how in PLACES:
            self.post.stall(*[how] * 1000)
        else:
            self.post.mood = how

    def mend_post(self):
        self.post.unstall()
        self.post.mood = "good"
        if not self.post.is_up():
            self.post.start()

    # ---- what must hold

    def outbox(self):
        return self.r.office.rows("SELECT * FROM outbox ORDER BY letter")

    def is_told(self, name):
        return {m.rcpt[0] for m in self.r.mails(name)} == set(PEOPLE)

    def is_light(self):
        return all(self.r.verdict(name) == "alive" for name in WELL) and self.is_told("before") and self.is_told("meanwhile") \
            and all(row["state"] == "sent" for row in self.outbox())

    def look(self, said, killed):
        """Once the service has stopped."""
        done = self.r.office.vigie("check", "--json")
        if done.returncode != GOOD:
            raise Broken(f"vigie check: {done.stdout + done.stderr}")
        self.r.assert_quiet(*WELL)
        for name, partner in self.r.partners.items():
            if self.r.office.ids(name) != sorted(partner.ids()):
                raise Broken(f"{name} has not all of its listings: {self.r.office.ids(name)}")
        rows = {row["message_id"]: row for row in self.outbox()}
        copies = collections.defaultdict(list)
        for mail in self.post.mails:
            copies[mail["Message-ID"]].append((mail["Subject"], text(mail), mail.rcpt))
        if copies.keys() != rows.keys():
            raise Broken(f"sent but not there: {rows.keys() - copies.keys()}; there but not sent: {copies.keys() - rows.keys()}")
        for name in ("before", "meanwhile"):
            told = [m.rcpt[0] for m in self.r.mails(name) if not m["Subject"].startswith(("Reminder", "Rappel"))]
            first = [row for row in rows.values() if row["kind"] == "alert" and f"Partenaire {name}." in str(row["text"])]
            if len(self.r.alerts(name)) != 1 or sorted(told) != sorted(PEOPLE):
                raise Broken(f"{name}: {len(self.r.alerts(name))} alerts, told are {told}, {len(first)} letters")
        twice = [c for c in copies.values() if len(c) > 1]
        if any(len(set(map(str, c))) > 1 for c in twice) or sum(len(c) - 1 for c in twice) > killed:
            raise Broken(f"letters that came twice: {twice}")
        by_name = self.r.office.one("SELECT count(*) FROM runs WHERE error_kind = 'dns'")
        said.update({"letters": len(rows), "copies of them": len(twice), "attempts": sum(row["attempts"] for row in rows.values()),
                     "readings without a name": by_name})


class Dark:
    """Rounds, each with an office of its own."""

    def __init__(self, folder, sim, rng):
        self.folder, self.sim, self.rng, self.said = folder, sim, rng, collections.Counter()
        use_names(folder)
        self.names = Names(sim.dns_ports[0])

    def close(self):
        pass

    def run(self, n):
        for i in range(n):
            (self.folder / str(i)).mkdir()
            self.names.mood = "good"
            with Mailbox() as post, contextlib.closing(World(self.folder / str(i), self.sim, self.names, post)) as world:
                self.round(world)
            yield 1

    def fall(self, world):
        """All of it, one after the other within some hours; what mends it."""
        r, mends = world.r, []
        ends_at = self.rng.randrange(len(world.everybody))
        for j, (what, how, strike, mend) in enumerate(world.failures(self.rng)):
            if j == ends_at:
                r.partners["before"].end("moved")
                r.let_pass(self.rng.choice((0, 0.4)))
            strike()
            mends.append(mend)
            self.said[f"{what} {how}"] += 1
            r.let_pass(self.rng.random() * 0.02)
        return mends

    def round(self, world):
        r, killed = world.r, self.rng.randrange(2) == 0
        with contextlib.ExitStack() as running:
            running.enter_context(r.daemon())
            r.wait_all_alive()
            mends = self.fall(world)
            r.let_pass(self.rng.random())
            r.partners["meanwhile"].end("moved")
            r.let_pass(self.rng.random() * 2)
            if killed:
                r.vigied.kill()
                running.pop_all().close()
                running.enter_context(r.daemon())
                self.said["killed"] += 1
            for mend in self.rng.sample(mends, len(mends)):
                mend()
                r.let_pass(self.rng.random() * 0.02)
            try:
                wait_until(world.is_light, timeout=r.seconds(20) + 30)
            except AssertionError:
                states = [(row["kind"], row["recipient"], row["state"], row["last_error"]) for row in world.outbox()]
                raise Broken(f"the light does not come back: {[(n, r.verdict(n)) for n in r.partners]}, {states}, told:"
                             f" {[m['Subject'] for m in world.post.mails]}\n{r.vigied.log()[-1500:]}") from None
            r.let_pass(1)
            wait_until(world.is_light, timeout=r.seconds(5) + 30)
        world.look(self.said, killed)
