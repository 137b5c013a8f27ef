"""What is asked of a server, by name. Counts of publishers and subscribers are per room."""
from dataclasses import dataclass, field

# LiveKit publishes figures of a host with 16 virtual processors (10 audio -> 3000, 150 <-> 150, 1 video -> 3000).
LIVEKIT_CPUS = 16


@dataclass
class Scenario:
    name: str
    title: str
    publishers: int = 1
    subscribers: int = 200
    rooms: int = 1
    more: list = field(default_factory=list)
    seconds: int = 8
    kind: str = "steady"  # or "saturation", "churn"

    meeting: bool = False

    @property
    def peers(self):
        """Connections: who is in a meeting has one to publish and one to receive."""
        return self.rooms * (self.publishers + self.receivers)

    @property
    def receivers(self):
        return self.subscribers + (self.publishers if self.meeting else 0)

    @property
    def fan_out(self):
        """How many a packet goes to."""
        return self.publishers - 1 if self.meeting else self.subscribers

    def arguments(self):
        members = ["--meeting"] if self.meeting else ["--subscribers", self.subscribers]
        return ["--rooms", self.rooms, "--publishers", self.publishers, *members, *self.more]


AUDIO = ["--no-video"]
VIDEO = ["--no-audio"]


def meeting(name, size, title, rooms=1, more=()):
    """All publish, all receive everybody else."""
    return Scenario(name, title, publishers=size, subscribers=0, rooms=rooms, meeting=True, more=list(more))


SCENARIOS = [
    Scenario("1-50", "1 publisher to 50 subscribers", subscribers=50),
    Scenario("1-200", "1 publisher to 200 subscribers"),
    Scenario("1-200-feedback", "1 publisher to 200 subscribers, each giving transport-cc feedback",
             more=["--feedback"]),
    Scenario("1-500", "1 publisher to 500 subscribers", subscribers=500),
    Scenario("audio-1-300", "audio only, 1 to 300", subscribers=300, more=AUDIO),
    meeting("meeting-4", 4, "10 meetings of 4", rooms=10),
    meeting("meeting-10", 10, "a meeting of 10"),
    meeting("meeting-50", 50, "a meeting of 50, video of 150 kbit/s", more=["--video-kbps", 150]),
    Scenario("room-50", "49 publishers, 50 subscribers who get 9 voices and 9 cameras as who speaks changes", publishers=49,
             subscribers=50, more=["--tracks", 9, "--talk", "2s", "--video-kbps", 150]),
    Scenario("livekit-audio", "10 audio to 3000, a sixteenth of it", publishers=10, subscribers=3000 // LIVEKIT_CPUS,
             more=AUDIO),
    meeting("livekit-meeting", 38, "150 video to 150, a sixteenth of the streams, video of 300 kbit/s",
            more=[*VIDEO, "--video-kbps", 300]),
    Scenario("livekit-video", "1 video to 3000, a sixteenth of it", subscribers=3000 // LIVEKIT_CPUS, more=VIDEO),
    Scenario("1-200-sha1", "1 to 200 with AES128_CM_HMAC_SHA1_80", more=["--srtp", "sha1"]),
    Scenario("1-200-gcm256", "1 to 200 with AEAD_AES_256_GCM", more=["--srtp", "gcm256"]),
    Scenario("idle", "500 subscribers of a room in which nobody publishes", publishers=0, subscribers=500),
    Scenario("intake", "20 publishers of video and audio whom nobody takes", publishers=20, subscribers=0),
    Scenario("intake-audio", "100 publishers of audio whom nobody takes", publishers=100, subscribers=0, more=AUDIO),
    Scenario("churn", "20 joins and leaves a second, 2 subscribers stay", subscribers=2, kind="churn",
             more=["--churn", 300, "--churn-rate", 20]),
    Scenario("saturation", "1 to 200, more video until loss > 0.1 % or p99 > 20 ms", kind="saturation"),
]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
