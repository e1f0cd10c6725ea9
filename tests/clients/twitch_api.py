"""Users, streams, clips, log-ins, chat and EventSub of `cliphound sim`, by twitchAPI: a
client that other people wrote.

Run by `tests/clients/run`, with the simulator's JSON line as argument.
"""

import asyncio
import json
import os
import re
import socket
import sys
import traceback
from datetime import timedelta

import aiohttp
from twitchAPI.chat import Chat
from twitchAPI.eventsub.websocket import EventSubWebsocket
from twitchAPI.helper import first
from twitchAPI.oauth import CodeFlow, UserAuthenticator, refresh_access_token, validate_token
from twitchAPI.twitch import Twitch
from twitchAPI.type import (
    AuthScope,
    AuthType,
    ChatEvent,
    InvalidRefreshTokenException,
    InvalidTokenException,
    TwitchResourceNotFound,
    VideoType,
)

# A check may take so long, s.
WAIT_S = 30
# What nobody tells (a clip is there, a socket has moved) is asked again after this, s.
ASK_AGAIN_S = 0.1
SCOPES = [
    AuthScope.CHANNEL_MANAGE_BROADCAST,
    AuthScope.CHAT_EDIT,
    AuthScope.CHAT_READ,
    AuthScope.CLIPS_EDIT,
    AuthScope.USER_READ_CHAT,
    AuthScope.USER_WRITE_CHAT,
]

SIM = json.loads(sys.argv[1])
OAUTH = SIM["oauth"] + "/"
ADDRESSES = {"base_url": SIM["helix"] + "/", "auth_base_url": OAUTH}
ROOM = SIM["channels"][0]


async def control(name, body=None):
    """The simulator's control API: GET without a body, POST with one."""
    async with aiohttp.ClientSession() as session:
        method = "GET" if body is None else "POST"
        async with session.request(method, f"{SIM['control']}/{name}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


async def visit(url):
    """Opens a page, as the person at the browser would; follows where it leads."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200, await answer.text()


async def everything(pages):
    return [entry async for entry in pages]


def inbox():
    """A queue and a callback that fills it: sockets call back from threads of their own."""
    here, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def put(thing):
        here.call_soon_threadsafe(queue.put_nowait, thing)

    return queue, put


async def user_client(token=None, refresh=None, client_id=None, secret=None):
    twitch = await Twitch(
        client_id or SIM["client_id"],
        secret or SIM["client_secret"],
        authenticate_app=False,
        **ADDRESSES,
    )
    token, refresh = token or SIM["access_token"], refresh or SIM["refresh_token"]
    await twitch.set_user_authentication(token, SCOPES, refresh)
    return twitch


async def logs_in_as_an_application():
    twitch = await Twitch(SIM["client_id"], SIM["client_secret"], **ADDRESSES)
    valid = await validate_token(twitch.get_app_token(), auth_base_url=OAUTH)
    assert valid["client_id"] == SIM["client_id"] and "user_id" not in valid, valid
    users = await everything(twitch.get_users(logins=[ROOM["login"]]))
    assert [user.id for user in users] == [ROOM["id"]]
    assert await first(twitch.get_streams(user_id=[ROOM["id"]])) is not None
    await twitch.close()


async def validates_tokens():
    valid = await validate_token(SIM["access_token"], auth_base_url=OAUTH)
    assert valid["user_id"] == SIM["user_id"] and valid["login"] == SIM["user_login"], valid
    assert valid["expires_in"] > 0 and AuthScope.CLIPS_EDIT in valid["scopes"], valid
    twitch = await Twitch(
        SIM["client_id"], SIM["client_secret"], authenticate_app=False, **ADDRESSES
    )
    twitch.auto_refresh_auth = False
    try:
        await twitch.set_user_authentication("wrong", SCOPES)
        raise AssertionError("a wrong token was taken")
    except InvalidTokenException:
        await twitch.close()


async def gets_users():
    twitch = await user_client()
    me = await first(twitch.get_users())
    assert (me.id, me.login) == (SIM["user_id"], SIM["user_login"])
    logins = [channel["login"] for channel in SIM["channels"]]
    by_login = await everything(twitch.get_users(logins=logins))
    assert {user.login: user.id for user in by_login} == {
        channel["login"]: channel["id"] for channel in SIM["channels"]
    }
    assert all(user.created_at is not None for user in by_login)
    by_id = await everything(twitch.get_users(user_ids=[ROOM["id"]]))
    assert [user.display_name.lower() for user in by_id] == [ROOM["login"]]
    await twitch.close()


async def gets_streams():
    twitch = await user_client()
    streams = await everything(twitch.get_streams(first=1))
    logins = {channel["login"] for channel in SIM["channels"]}
    assert {stream.user_login for stream in streams} == logins, "page by page"
    viewers = [stream.viewer_count for stream in streams]
    assert viewers == sorted(viewers, reverse=True) and viewers[-1] > 0
    assert all(stream.started_at.tzinfo and stream.type == "live" for stream in streams)
    quiet = SIM["channels"][-1]
    await control("live", {"channel": quiet["login"], "live": False})
    assert await everything(twitch.get_streams(user_login=[quiet["login"]])) == []
    try:
        await twitch.create_clip(quiet["id"])
        raise AssertionError("a channel that is off line was clipped")
    except TwitchResourceNotFound:
        await control("live", {"channel": quiet["login"], "live": True})
    assert len(await everything(twitch.get_streams(user_login=[quiet["login"]]))) == 1
    await twitch.close()


async def gets_emotes():
    twitch = await user_client()
    everywhere = (await twitch.get_global_emotes()).data
    assert "25" in [emote.id for emote in everywhere if emote.name == "Kappa"]
    assert all(emote.images and emote.format and emote.scale for emote in everywhere)
    assert (await twitch.get_channel_emotes(ROOM["id"])).data
    await twitch.close()


async def makes_a_clip():
    twitch = await user_client()
    stream = await first(twitch.get_streams(user_id=[ROOM["id"]]))
    made = await twitch.create_clip(ROOM["id"])
    assert made.edit_url.endswith(f"/{made.id}/edit") or made.id in made.edit_url
    while not (clips := await everything(twitch.get_clips(clip_id=[made.id]))):
        await asyncio.sleep(ASK_AGAIN_S)
    [clip] = clips
    assert clip.broadcaster_id == ROOM["id"] and clip.creator_id == SIM["user_id"]
    assert 5 <= clip.duration <= 60 and clip.url and clip.title
    assert clip.created_at >= stream.started_at
    minute = timedelta(minutes=1)
    around = {"started_at": clip.created_at - minute, "ended_at": clip.created_at + minute}
    of_channel = await everything(twitch.get_clips(broadcaster_id=ROOM["id"], **around))
    assert made.id in [clip.id for clip in of_channel]
    around = {"started_at": stream.started_at - minute, "ended_at": stream.started_at}
    assert await everything(twitch.get_clips(broadcaster_id=ROOM["id"], **around)) == []
    assert made.id in [clip["id"] for clip in await control("clips")]
    await twitch.close()


async def finds_the_video_and_marks_it():
    twitch = await user_client()
    stream = await first(twitch.get_streams(user_id=[ROOM["id"]]))
    video = await first(twitch.get_videos(user_id=ROOM["id"], video_type=VideoType.ARCHIVE))
    assert (video.stream_id, video.user_login) == (stream.id, ROOM["login"])
    assert video.created_at == stream.started_at and re.fullmatch(r"(\d+[hms])+", video.duration)
    marker = await twitch.create_stream_marker(ROOM["id"], "by twitchAPI")
    assert marker.position_seconds > 0 and marker.description == "by twitchAPI"
    await twitch.close()


async def reads_and_writes_chat():
    twitch = await user_client()
    (ready, put_ready), (heard, put_heard) = inbox(), inbox()
    chat = await Chat(twitch, connection_url=SIM["irc_ws"])
    chat.register_event(ChatEvent.READY, put_ready)
    chat.register_event(ChatEvent.MESSAGE, put_heard)
    await asyncio.to_thread(chat.start)
    try:
        await ready.get()
        assert await chat.join_room(ROOM["login"]) == [], "the room could not be joined"
        await control("say", {"channel": ROOM["login"], "user": "ann", "text": "hi Kappa"})
        message = await heard.get()
        while message.user.name != "ann":
            message = await heard.get()
        assert message.text == "hi Kappa" and message.room.room_id == ROOM["id"]
        assert message.emotes == {"25": [{"start_position": "3", "end_position": "7"}]}
        await chat.send_message(ROOM["login"], "hello over IRC")
        told = await twitch.send_chat_message(ROOM["id"], SIM["user_id"], "hello over Helix")
        assert told.is_sent, told
        while message.text != "hello over Helix":
            message = await heard.get()
        assert (message.id, message.user.id) == (told.message_id, SIM["user_id"])
        sent = [(line["text"], line["by"]) for line in await control("sent")]
        assert ("hello over IRC", "irc") in sent and ("hello over Helix", "helix") in sent
    finally:
        await asyncio.to_thread(chat.stop)
        await twitch.close()


async def hears_eventsub():
    twitch = await user_client()
    (messages, put_message), (offline, put_offline) = inbox(), inbox()
    eventsub = EventSubWebsocket(
        twitch, connection_url=SIM["eventsub"], subscription_url=ADDRESSES["base_url"]
    )
    await asyncio.to_thread(eventsub.start)
    quiet = SIM["channels"][-1]
    try:
        await eventsub.listen_channel_chat_message(ROOM["id"], SIM["user_id"], put_message)
        await eventsub.listen_stream_offline(quiet["id"], put_offline)

        async def hears(text):
            said = await control("say", {"channel": ROOM["login"], "user": "bob", "text": text})
            told = (await messages.get()).event
            while told.message.text != text:
                told = (await messages.get()).event
            assert told.message_id == said["id"] and told.chatter_user_login == "bob"
            assert told.broadcaster_user_id == ROOM["id"]
            return told

        told = await hears("hello Kappa")
        emotes = [part.emote.id for part in told.message.fragments if part.type == "emote"]
        assert emotes == ["25"], told
        await control("live", {"channel": quiet["login"], "live": False})
        assert (await offline.get()).event.broadcaster_user_login == quiet["login"]
        await control("live", {"channel": quiet["login"], "live": True})
        before = eventsub.active_session
        await control("fault", {"fault": "eventsub_reconnect"})
        while eventsub.active_session is before:
            await asyncio.sleep(ASK_AGAIN_S)
        await hears("after the move")
        listed = await twitch.get_eventsub_subscriptions(target_token=AuthType.USER)
        assert {entry.type for entry in listed.data} == {"channel.chat.message", "stream.offline"}
    finally:
        await eventsub.stop()
        await twitch.close()


async def logs_in_with_a_device_code():
    [public] = [token for token in SIM["test_tokens"] if token["name"] == "public"]
    twitch = await Twitch(public["client_id"], authenticate_app=False, **ADDRESSES)
    flow = CodeFlow(twitch, SCOPES, auth_base_url=OAUTH)
    code, page = await flow.get_code()
    assert re.fullmatch("[A-Z0-9]{8}", code) and code in page, page
    await visit(page)
    token, refresh = await flow.wait_for_auth_complete()
    await twitch.set_user_authentication(token, SCOPES, refresh)
    assert (await first(twitch.get_users())).login
    # The refresh token of an application without a secret works once.
    token, newer = await refresh_access_token(
        refresh, public["client_id"], "", auth_base_url=OAUTH
    )
    assert newer != refresh
    await validate_token(token, auth_base_url=OAUTH)
    try:
        await refresh_access_token(refresh, public["client_id"], "", auth_base_url=OAUTH)
        raise AssertionError("a refresh token worked twice")
    except InvalidRefreshTokenException:
        await twitch.close()


async def logs_in_with_a_browser():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    twitch = await Twitch(
        SIM["client_id"], SIM["client_secret"], authenticate_app=False, **ADDRESSES
    )
    browser = UserAuthenticator(
        twitch,
        SCOPES,
        url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        auth_base_url=OAUTH,
    )
    token, refresh = await browser.authenticate(use_browser=False, auth_url_callback=visit)
    await twitch.set_user_authentication(token, SCOPES, refresh)
    assert (await first(twitch.get_users())).login
    await twitch.close()


async def renews_a_token_that_expired():
    twitch, renewed = await user_client(), []

    async def keep(token, refresh):
        renewed.append((token, refresh))

    twitch.user_auth_refresh_callback = keep
    await control("fault", {"fault": "token_expired"})
    assert (await first(twitch.get_users())).id == SIM["user_id"]
    [(token, refresh)] = renewed
    assert token != SIM["access_token"] and refresh == SIM["refresh_token"]
    await twitch.close()


CHECKS = [
    logs_in_as_an_application,
    validates_tokens,
    gets_users,
    gets_streams,
    gets_emotes,
    makes_a_clip,
    finds_the_video_and_marks_it,
    reads_and_writes_chat,
    hears_eventsub,
    logs_in_with_a_device_code,
    logs_in_with_a_browser,
    renews_a_token_that_expired,
]


async def run():
    """Runs the checks one after the other; the first that fails ends everything."""
    for check in CHECKS:
        name = f"twitchAPI {check.__name__.replace('_', ' ')}"
        try:
            await asyncio.wait_for(check(), WAIT_S)
            print(f"ok    {name}", flush=True)
        except Exception:
            print(f"FAIL  {name}", flush=True)
            traceback.print_exc()
            sys.stderr.flush()
            # Threads of a client that hangs would keep this process.
            os._exit(1)


asyncio.run(run())
