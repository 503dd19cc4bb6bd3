"""What a newcomer finds at the first start."""

from cloudpanel.local.demo import seed_demo
from exchange.models import Mailbox
from marketplace.models import Subscription

PASSWORD = "puente-cobalto-mirador-91"


def test_a_service_that_works_with_a_mailbox_in_it(db):
    made = seed_demo(password=PASSWORD)
    mailbox = Mailbox.objects.get()
    assert Subscription.objects.get().state == Subscription.State.ACTIVE
    assert (mailbox.address.partition("@")[0], mailbox.state, mailbox.has_password) == ("sofia", "active", True)
    assert mailbox.address in made
    assert seed_demo(password=PASSWORD) == []
