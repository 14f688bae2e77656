"""How many streams an offer asks for."""

from telephony.offers import MOST_STREAMS, streams

HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=m=audio\r\nt=0 0\r\n"
SOUND = "m=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n"


def test_streams_are_counted_in_sdp_and_in_a_whole_message() -> None:
    message = "INVITE sip:mairie@127.0.0.1 SIP/2.0\r\nSubject: m=audio\r\n\r\n"
    assert streams(HEAD + SOUND) == 1
    assert streams(message + HEAD + SOUND * 16) == 16


def test_a_stream_that_hides_behind_a_lone_return_is_counted() -> None:
    assert streams(HEAD + "i=x\rm=audio 4000 RTP/AVP 8\r\n" * 16) == 16


def test_a_message_without_an_offer_asks_for_the_stream_that_we_offer() -> None:
    assert streams("INVITE sip:mairie@127.0.0.1 SIP/2.0\r\n\r\n") == 1


def test_sound_image_and_one_more_are_borne() -> None:
    image = "m=video 4002 RTP/AVP 96\n"
    assert streams(HEAD + SOUND + image * 2) <= MOST_STREAMS < streams(HEAD + SOUND + image * 3)
