"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

import threading

import pytest

from hub.people import passwords

ABOUT = ("Siân Évans", "sian.evans@marchford.example", "Marchford Council")


@pytest.fixture
def cheap():
    passwords.init(cheap=True)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "kV9#tq2LmX-pw",
        "sian likes gritting lorries",
        "tri chwch ar y bryn gwyrdd",
        "łódka pod mostem kolejowym",
        "839274650183",
    ],
)
def test_a_long_password_of_ones_own_may_be_chosen(password: str) -> None:
    assert passwords.problem(password, ABOUT) == ""


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "eleven char",
        "password1234",
        "P@ssw0rd2026!",
        "123456789012",
        "qwertyuiop12",
        "zyxwvutsrqponm",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "Summer2026Summer2026",
        "SianEvans-2026",
        "Siân Evans 1!!",
        "Marchford2026!!",
        "MarchfordCouncil",
        "sian.evans@marchford.example",
        "x" * 1025,
    ],
)
def test_a_password_that_others_would_guess_is_refused_with_a_reason(password: str) -> None:
    assert passwords.problem(password, ABOUT).endswith(".")


def test_the_deny_list_has_some_hundred_words_and_none_of_them_is_empty() -> None:
    assert len(passwords.common()) >= 300
    assert all(len(word) >= 3 for word in passwords.common())


def test_only_the_right_password_fits(cheap: None) -> None:
    kept = passwords.hash_of("correct horse battery staple")
    assert passwords.verify(kept, "correct horse battery staple")
    assert not passwords.verify(kept, "Correct horse battery staple")
    assert "correct" not in kept


def test_the_same_letters_from_another_keyboard_fit(cheap: None) -> None:
    kept = passwords.hash_of("cafe\u0301 au lait au lait")
    assert passwords.verify(kept, "caf\u00e9 au lait au lait")


def test_nothing_fits_an_account_without_password(cheap: None) -> None:
    assert not passwords.verify("", "no account has this password")
    assert not passwords.verify("rubbish", "anything at all")


def test_a_password_is_not_cut_to_what_fits(cheap: None) -> None:
    kept = passwords.hash_of("k" * 500 + "z" * 524)
    assert not passwords.verify(kept, "k" * 500 + "z" * 524 + "more")


def test_the_real_cost_is_what_the_safety_page_says() -> None:
    passwords.init()
    try:
        kept = passwords.hash_of("correct horse battery staple")
        assert "$argon2id$" in kept and "m=19456,t=2,p=1" in kept
        passwords.init(cheap=True)
        assert passwords.is_outdated(kept)
    finally:
        passwords.init(cheap=True)


def test_at_most_two_hashes_are_made_at_once(cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, gate = 0, 0, threading.Lock()
    met = threading.Barrier(2)

    class Counting:
        def hash(self, _password: str) -> str:
            nonlocal at_once, most
            with gate:
                at_once += 1
                most = max(most, at_once)
            met.wait(5)
            with gate:
                at_once -= 1
            return "kept"

    monkeypatch.setattr(passwords, "_hasher", Counting())
    threads = [threading.Thread(target=passwords.hash_of, args=("x",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 2
