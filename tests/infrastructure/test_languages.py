"""Who reads Podium in which language, and in which theme."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.pages import signed_in

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}


@pytest.fixture
def stranger(db) -> Client:
    return Client()


def sign_in_page(client: Client, **headers: str) -> str:
    return client.get(reverse("login"), headers=headers).content.decode()


def test_a_chinese_browser_is_met_in_chinese(stranger):
    page = sign_in_page(stranger, **CHINESE)
    assert '<html lang="zh-hans"' in page
    assert "登录" in page
    assert '<html lang="en"' in sign_in_page(stranger, **{"Accept-Language": "cy"})


def test_the_choice_of_a_language_sticks_whatever_the_browser_prefers(stranger):
    answer = stranger.post(reverse("set-language"), {"language": "zh-hans", "next": reverse("login")})
    assert answer["Location"] == reverse("login")
    assert "登录" in sign_in_page(stranger)
    stranger.post(reverse("set-language"), {"language": "en"})
    assert "Sign in" in sign_in_page(stranger, **CHINESE)


def test_each_language_is_offered_in_its_own_name_to_those_who_read_no_other(stranger):
    assert "简体中文" in sign_in_page(stranger)
    assert ">English<" in sign_in_page(stranger, **CHINESE)


@pytest.mark.parametrize("name", ["set-language", "set-theme"])
def test_choosing_leads_to_our_own_pages_alone(stranger, name):
    chosen = {"language": "en", "theme": "dark", "next": "https://evil.example/"}
    assert stranger.post(reverse(name), chosen)["Location"] == "/"


@pytest.mark.parametrize("name", ["set-language", "set-theme"])
def test_no_other_site_chooses_for_us(db, name):
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(reverse(name), {"language": "zh-hans", "theme": "dark"})
    assert answer.status_code == 403
    assert not {"django_language", "theme"} & set(stranger.cookies)


def test_the_theme_stands_in_the_page_from_its_first_byte(stranger):
    assert 'data-theme="system"' in sign_in_page(stranger)
    stranger.post(reverse("set-theme"), {"theme": "dark", "next": reverse("login")})
    page = sign_in_page(stranger)
    assert 'data-theme="dark"' in page
    assert 'name="color-scheme" content="dark"' in page


def test_an_unknown_theme_changes_nothing(stranger):
    stranger.post(reverse("set-theme"), {"theme": '"><script>'})
    assert 'data-theme="system"' in sign_in_page(stranger)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/projects/none/", "/api/nothing/"])
def test_programs_are_answered_alike_in_every_language(admin, path):
    client = signed_in(admin)
    plain = client.get(path)
    client.post(reverse("set-language"), {"language": "zh-hans"})
    answer = client.get(path, headers=CHINESE)
    assert answer.content == plain.content
    assert "Content-Language" not in answer
    assert "Accept-Language" not in answer.get("Vary", "")


def test_scripts_get_their_words_from_an_address_that_changes_with_them(admin):
    client = signed_in(admin)
    client.post(reverse("set-language"), {"language": "zh-hans"})
    page = client.get(reverse("login"), follow=True)
    address = page.context["catalogue_url"]
    assert address.startswith("/jsi18n/zh-hans/?")
    # The language is the address's, not the reader's.
    answer = Client().get(address)
    assert "immutable" in answer["Cache-Control"]
    assert "django.catalog" in answer.content.decode()
    assert Client().get("/jsi18n/cy/").status_code == 404


def test_english_needs_no_catalogue(stranger):
    assert stranger.get(reverse("login")).context["catalogue_url"] == ""


def test_refusals_come_in_the_reader_s_language(max, project):
    client = signed_in(max)
    client.post(reverse("set-language"), {"language": "zh-hans"})
    page = client.post(reverse("rollback", args=[project.slug]), follow=True).content.decode()
    assert "没有可以回退的前任冠军模型。" in page


def test_a_refused_import_is_explained_in_the_reader_s_language_and_quoted_in_its_own(max, project):
    client = signed_in(max)
    client.post(reverse("set-language"), {"language": "zh-hans"})
    upload = {"file": SimpleUploadedFile("rows.jsonl", b'{"id": "p-1"}\n'), "invalid": "refuse"}
    page = client.post(reverse("data", args=[project.slug]), upload).content.decode()
    assert "有 1 行无法导入" in page
    assert '<span lang="en">' in page


def test_dates_are_written_as_the_language_writes_them(max, project):
    moment = Context({"moment": datetime(2026, 11, 3, 15, 4)})
    date = Template('{{ moment|date:"DATETIME_FORMAT" }}')
    assert date.render(moment) == "3 Nov 2026, 15:04"
    with override("zh-hans"):
        assert date.render(moment) == "2026年11月3日 15:04"
