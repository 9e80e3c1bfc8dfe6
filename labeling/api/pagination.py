from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """`{"next", "previous", "results"}`, 100 a page unless `page_size` (up to 1,000) asks for others."""

    ordering = "-pk"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class OldestFirst(NewestFirst):
    ordering = "pk"
