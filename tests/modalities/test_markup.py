from modalities.markup import numbers_in, render, unsourced_sentences


def test_a_marker_becomes_a_link_to_its_statement():
    assert '<a href="#S20">' in render("Unsuitable above 5 cm. [S20]")


def test_a_marker_may_name_several_statements():
    html = render("Suitable patients. [S28, S29]")
    assert 'href="#S28"' in html
    assert 'href="#S29"' in html


def test_a_marker_shows_the_open_note_on_its_statement():
    assert "Outdated" in render("Under review. [S27]", {"S27": "Outdated"})


def test_a_sentence_of_ours_says_so_to_a_screen_reader():
    assert "our note, not from the source" in render("The list was not supplied. [—]")


def test_raw_html_is_shown_and_not_run():
    assert "<script" not in render("<script>alert(1)</script> [—]")


def test_a_link_may_not_run_script():
    assert "javascript:" not in render("[Click](<javascript:alert(1)>) [—]").replace("(&lt;javascript:", "")


def test_an_image_from_elsewhere_is_dropped():
    assert "<img" not in render("![x](https://example.org/x.png) [—]")


def test_a_paragraph_without_a_marker_is_found():
    assert unsourced_sentences("One. [S01]\n\nTwo has none.\n\n- Three. [—]\n- Four") == ["Two has none.", "- Four"]


def test_numbers_come_once_and_in_order():
    assert numbers_in("B. [S12] A. [S03, S12]", "C. [—]") == ["S03", "S12"]
