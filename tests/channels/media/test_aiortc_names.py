"""The names of aiortc that are not public and that forwarding stands on."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtcrtpreceiver import decoder_worker

from channels.media.peer import DECODER_QUEUE, KEY_FRAME_WANTED, RTX_SOURCES, SEND_PICTURE_LOSS


async def test_the_version_is_the_pinned_one(root) -> None:
    pinned = (root / "requirements/run.txt").read_text("utf-8")
    assert f"aiortc=={version('aiortc')} " in pinned


def test_a_receiver_hands_whole_frames_to_its_queue() -> None:
    made = inspect.getsource(RTCRtpReceiver.__init__)
    name = DECODER_QUEUE.removeprefix("_RTCRtpReceiver")
    assert f"self.{name}: queue.Queue" in made
    assert f"self.{name}.put((codec, encoded_frame))" in inspect.getsource(
        RTCRtpReceiver._handle_rtp_packet
    )
    # Read again when it starts: a queue replaced before that is the one that is used.
    assert f"self.{name}," in inspect.getsource(RTCRtpReceiver.receive)


def test_a_decoder_ends_when_its_queue_says_none() -> None:
    body = inspect.getsource(decoder_worker)
    assert "task = input_q.get()" in body
    assert "if task is None" in body


def test_repeats_are_known_by_their_source() -> None:
    made = inspect.getsource(RTCRtpReceiver.__init__)
    assert f"self.{RTX_SOURCES.removeprefix('_RTCRtpReceiver')}: dict[int, int]" in made


def test_a_picture_is_asked_for_and_its_loss_is_heard() -> None:
    assert list(inspect.signature(getattr(RTCRtpReceiver, SEND_PICTURE_LOSS)).parameters) == [
        "self",
        "media_ssrc",
    ]
    assert f"self.{KEY_FRAME_WANTED}()" in inspect.getsource(RTCRtpSender._handle_rtcp_packet)
