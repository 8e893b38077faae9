"""Whoever touches subscriptions takes the same locks in the same order as the router."""

import threading
import time

import pytest
from django.db import connection, transaction

from tests.builders import make_lab
from tracker.changes.log import head_sequence
from tracker.subscriptions import endpoints
from tracker.subscriptions.models import Subscription, Watermark
from tracker.subscriptions.routing import ROUTING, activate, wake


@pytest.mark.django_db(transaction=True)
def test_asking_for_entries_again_while_others_are_routed():
    made = endpoints.make("https://hook.example/", "hmac")
    make_lab()
    activate(made)
    holding, failed = threading.Event(), list[BaseException]()

    def route_slowly() -> None:
        try:
            with transaction.atomic():
                Watermark.objects.select_for_update().get(name=ROUTING)
                holding.set()
                time.sleep(0.5)  # the other waits by now, and must not hold what is needed here
                wake(["all"], head_sequence() + 1)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=route_slowly)
    thread.start()
    holding.wait()
    assert endpoints.send_from(made, 1)
    thread.join()
    assert failed == []
    assert Subscription.objects.get(pk=made.pk).cursor == 0
