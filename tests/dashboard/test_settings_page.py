"""The page of settings over a real server: keys made and ended, webhooks tried, and who may see them."""


def press(shown, label):
    (button,) = [button for button in shown.button if button.label == label]
    return button.click().run()


def test_a_key_is_made_and_its_secret_is_shown_once(page, server):
    shown = page("settings", "admin")
    (name,) = [field for field in shown.text_input if field.label == "Name"]
    name.set_value("nightly")
    shown = press(shown, "Make key")
    secret = shown.code[0].value
    assert server.with_key(secret).get("/me").json()["key"]["name"] == "nightly"
    assert not shown.run().code


def test_a_revoked_key_opens_nothing_any_more(page, server):
    made = server.http("admin").post("/keys", json={"name": "old", "scopes": ["read"]}).json()
    shown = page("settings", "admin")
    (picked,) = [field for field in shown.selectbox if field.label == "Key"]
    picked.select(next(option for option in picked.options if option.startswith("old")))
    shown = press(shown, "Revoke")
    assert server.with_key(made["secret"]).get("/me").status_code == 401
    states = dict(zip(shown.dataframe[0].value["key"], shown.dataframe[0].value["state"], strict=True))
    assert states["old"] == "revoked"


def test_a_webhook_is_made_tried_and_deleted(page, server):
    shown = page("settings", "admin")
    (address,) = [field for field in shown.text_input if field.label == "Address"]
    address.set_value("https://8.8.8.8/hook")
    shown = press(shown, "Make webhook")
    (made,) = server.http("admin").get("/webhooks").json()["items"]
    assert len(made["events"]) == 4
    assert shown.code[0].value.startswith("wh")
    shown = press(shown.run(), "Send a test")
    assert any("event" in table.value.columns for table in shown.dataframe)
    press(shown, "Delete")
    assert not server.http("admin").get("/webhooks").json()["items"]


def test_a_key_without_the_scope_is_told_which_it_needs(page):
    shown = page("settings", "read")
    assert all("scope admin" in text.value for text in shown.info)
    assert len(shown.info) == 2


def test_the_server_tells_what_it_is(page):
    assert {"elicit", "Python", "Database"} <= {metric.label for metric in page("settings", "read").metric}
