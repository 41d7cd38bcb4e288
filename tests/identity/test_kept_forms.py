"""What a form whose session ended held: kept for the person, never a password, never what another site sent."""

from io import BytesIO

from flask.testing import FlaskClient

HERE = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/writer/tasks/new/"


def test_words_come_back_and_passwords_do_not(client: FlaskClient) -> None:
    typed = {"title": 'A "title" & <more>', "current_password": "secret words", "code": "123456", "csrf_token": "old"}
    answer = client.post(f"{PAGE}?a=1", data=typed, headers=HERE)
    assert answer.status_code == 401
    assert "A &#34;title&#34; &amp; &lt;more&gt;" in answer.text
    assert f'action="{PAGE}?a=1"' in answer.text
    assert "the page asks for them again" in answer.text
    for hidden in ("secret words", "123456", 'value="old"'):
        assert hidden not in answer.text


def test_what_another_site_sent_is_not_kept(client: FlaskClient) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "http://[x"}):
        answer = client.post(PAGE, data={"title": "Planted"}, headers=headers)
        assert (answer.status_code, answer.location) == (303, "/login")
    assert client.post(PAGE, data={"title": "Mine"}, headers={"Origin": "http://localhost"}).status_code == 401


def test_an_empty_form_leads_to_the_log_in_page(client: FlaskClient) -> None:
    assert client.post(PAGE, data={"title": "", "csrf_token": "x"}, headers=HERE).location == "/login"


def test_files_are_named_and_chosen_again_in_the_form(client: FlaskClient) -> None:
    sent = {
        "csrf_token": "x",
        "images": [(BytesIO(b"1"), "a <b>.png"), (BytesIO(b"2"), "c.png")],
        "csv_file": (BytesIO(b""), ""),
    }
    page = client.post("/content/5/images/", data=sent, headers=HERE, content_type="multipart/form-data")
    assert page.status_code == 401
    assert 'enctype="multipart/form-data"' in page.text
    assert "Choose again: a &lt;b&gt;.png, c.png." in page.text
    field = page.text.partition('type="file"')[2].partition(">")[0]
    assert ('name="images"' in field, "multiple" in field, "required" in field) == (True, True, True)
    assert "csv_file" not in page.text
