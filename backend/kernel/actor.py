"""Who acts: a person signed in, a citizen on a channel, a service or the program itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever stands behind an event.

    `kind` is `staff`, `citizen`, `service` or `system`; `organisation` and `region` bound what
    staff may see; `name` is for the pages of colleagues and never a citizen's.
    """

    kind: str
    id: str
    roles: frozenset[str] = frozenset()
    organisation: str = ""
    region: str = ""
    name: str = ""

    @property
    def audiences(self) -> frozenset[str]:
        """The names under which live news may reach this actor."""
        names = {f"{self.kind}:{self.id}"} | {f"role:{role}" for role in self.roles}
        if self.organisation:
            names.add(f"organisation:{self.organisation}")
        return frozenset(names)


SYSTEM = Actor(kind="system", id="fatong", roles=frozenset({"system"}))


def citizen(contact: str) -> Actor:
    """The citizen in a contact, who needs no account."""
    return Actor(kind="citizen", id=contact, roles=frozenset({"citizen"}))
