"""A kind of service whose things belong to people: what Exchange does with mailboxes, without mailboxes."""

from __future__ import annotations

from users.belongings import Belonging, OwnService


class ThingsLifecycle:
    """``owned`` maps user id → names; tests fill it."""

    owned: dict[int, list[str]] = {}
    resources: dict[str, object] = {}

    def panel_url(self, subscription):
        return f"/exchange/{subscription.public_id}/"

    def belongings_of(self, *, account, user_ids):
        return [Belonging(pk, "Buzón", name) for pk in user_ids for name in self.owned.get(pk, [])]

    def give_belongings(self, *, actor, account, user_ids, to):
        names = [name for pk in user_ids for name in self.owned.pop(pk, [])]
        self.owned.setdefault(to.pk if to else 0, []).extend(names)
        return len(names)

    def remove_belongings(self, *, actor, account, user_ids):
        return sum(len(self.owned.pop(pk, [])) for pk in user_ids)

    def own_services(self, *, membership):
        names = self.owned.get(membership.user_id, [])
        facts = [("Servidor de entrada (IMAP)", "mail.panel.example")]
        return [OwnService("Buzón", name, "Activo", "success", [("Correo", name), *facts]) for name in names]
