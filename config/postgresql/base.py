"""Django's PostgreSQL backend, which asks the server for no sign of life before each request."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the connection still stands.

        A server that has gone has closed the socket, and nothing but that, or a last word before it, arrives while
        nothing is asked; so a look at the socket takes the place of the `SELECT 1` on its way and back.
        """
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.pgconn.socket, select.POLLIN)
        return not poll.poll(0) or super().is_usable()
