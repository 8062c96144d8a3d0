"""One registry: complete, without collisions, and honest about why a command cannot be given."""

from __future__ import annotations

import pytest

from dispatch.domain.message import Message, Problem
from dispatch.resources import resource
from dispatch.words import LANGUAGES, catalogue
from ui.commands.bindings import read_bindings
from ui.commands.catalogue import COMMANDS, CONTEXTS, GROUPS, Permission
from ui.commands.keys import parse_chord
from ui.commands.registry import Registry


@pytest.fixture
def registry(qapp):
    made = Registry()
    made.who = lambda: "dispatcher"
    return made


def test_that_ids_are_unique_and_contexts_and_groups_known():
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert {command.context for command in COMMANDS} <= set(CONTEXTS)
    assert {command.group for command in COMMANDS} <= set(GROUPS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_command_group_and_context_has_a_title(language):
    words = catalogue(language)
    for command in COMMANDS:
        assert words.get(command.title_id), command.id
        assert f"commands.group.{command.group}" in words
    for context in CONTEXTS[1:]:
        assert f"commands.context.{context}" in words


@pytest.mark.parametrize("namespace", ["shell", "commands"])
def test_that_all_languages_say_the_same_things(namespace):
    def ids(language):
        return {key for key in catalogue(language) if key.startswith(f"{namespace}.")}

    for language in LANGUAGES:
        assert ids(language) == ids("en")


def test_that_every_command_outside_the_palette_has_a_key(registry):
    for command in COMMANDS:
        assert command.in_palette or registry.chords.get(command.id), command.id


def test_that_the_keys_of_the_main_job_are_the_documented_ones(registry):
    for key, command_id in {
        "F2": "call.take",
        "Ctrl+Enter": "send.confirm",
        "Ctrl+L": "incident.verify_place",
        "Alt+3": "incident.level_3",
        "F6": "incident.caller",
        "F9": "ai.toggle",
        "Ctrl+Z": "edit.undo",
        "Ctrl+K": "window.palette",
        "F1": "window.keys",
        "Shift+/": "window.keys",
        "7": "incident.answer_7",
    }.items():
        found = registry.of_chord(parse_chord(key), "queue")
        assert found is not None and found.id == command_id


def broken(tmp_path, text):
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem) as caught:
        read_bindings(path, COMMANDS)
    assert str(path) in str(caught.value)
    return caught.value.message.id


def test_that_one_key_for_two_commands_is_refused(tmp_path):
    text = '"call.take" = ["F2"]\n"call.new" = ["F2"]\n'
    assert broken(tmp_path, text) == "commands.key_twice"


def test_that_a_panels_key_may_not_hide_one_that_works_anywhere(tmp_path):
    text = '"call.take" = ["F2"]\n"queue.down" = ["F2"]\n'
    assert broken(tmp_path, text) == "commands.key_twice"


def test_that_two_panels_may_use_the_same_key(tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text('"map.pan_up" = ["Up"]\n"queue.up" = ["Up"]\n', "utf-8")
    assert len(read_bindings(path, COMMANDS)) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('"no.such" = ["F2"]', "commands.unknown_in_file"),
        ('"call.take" = ["Hyper+2"]', "commands.bad_key_in_file"),
        ('"call.take" = 2', "commands.bad_keys_file"),
        ("not toml", "commands.bad_keys_file"),
    ],
)
def test_that_a_broken_key_file_is_named(tmp_path, text, why):
    assert broken(tmp_path, text) == why


def test_that_the_shipped_keys_are_sound():
    assert read_bindings(resource("keys", "default.toml"), COMMANDS)


def test_that_nobody_signed_on_means_no_call_is_taken(registry, qtbot):
    registry.bind("call.take", lambda: None)
    registry.who = lambda: None
    with qtbot.waitSignal(registry.refused) as said:
        assert not registry.run("call.take")
    assert said.args[0].id == "commands.sign_on_first"


def test_that_an_administrator_may_not_dispatch(registry):
    registry.bind("send.confirm", lambda: None)
    registry.who = lambda: "administrator"
    reason = registry.why_not("send.confirm")
    assert reason is not None and reason.id == "commands.not_your_role"
    assert Permission.SIGNED_ON.allows("administrator")


def test_that_a_locked_desk_takes_no_verb_and_no_command_but_free_ones(registry):
    sent, refused = [], []
    registry.bind_submit(lambda *verb: sent.append(verb))
    registry.bind("call.take", lambda: None)
    registry.bind("window.palette", lambda: None)
    registry.locked = lambda: True
    registry.submit(object(), None, refused.append)
    assert not sent and refused[0].message.id == "commands.desk_locked"
    assert not registry.possible("call.take")
    assert registry.possible("window.palette")


def test_that_a_handler_says_why_not_in_its_own_words(registry):
    registry.bind("send.confirm", lambda: None, enabled=lambda: Message("commands.not_now"))
    reason = registry.why_not("send.confirm")
    assert reason == Message("commands.not_now")


def test_that_a_problem_in_a_handler_becomes_a_refusal(registry, qtbot):
    def fails():
        raise Problem("shell.no_alarm")

    registry.bind("alarm.next", fails)
    with qtbot.waitSignal(registry.refused) as said:
        assert not registry.run("alarm.next")
    assert said.args[0].id == "shell.no_alarm"


def test_that_arguments_reach_the_handler(registry):
    got = []
    registry.bind("incident.level_2", lambda incident_id=None: got.append(incident_id))
    assert registry.run("incident.level_2", incident_id="i-7")
    assert got == ["i-7"]
