"""The loads of `calibrate`: for the generator, and as `millrace plan` reads them."""
from dataclasses import dataclass, field


@dataclass
class Part:
    """What one generator does."""
    name: str
    publishers: int = 1
    subscribers: int = 0
    rooms: int = 1
    meeting: bool = False
    kbps: int = 1500  # 0 for none
    fps: int = 30
    audio: bool = True
    srtp: str = "gcm"
    feedback: bool = False
    # Joins a second of subscribers that stay for `hold` seconds.
    churn: float = 0
    hold: float = 1.0

    def arguments(self):
        who = ["--meeting"] if self.meeting else ["--subscribers", self.subscribers]
        video = ["--video-kbps", self.kbps, "--fps", self.fps] if self.kbps else ["--no-video"]
        return ["--rooms", self.rooms, "--publishers", self.publishers, *who, *video, "--srtp", self.srtp,
                *([] if self.audio else ["--no-audio"]), *(["--feedback"] if self.feedback else [])]

    @property
    def receivers(self):
        return self.subscribers + (self.publishers if self.meeting else 0)

    @property
    def peers(self):
        """Connections of who stays: publishing and receiving go by one each."""
        return self.rooms * (self.publishers + self.receivers)

    def room(self, scale):
        staying = round(self.churn * self.hold)
        people = self.publishers if self.meeting else self.publishers + self.subscribers + staying
        return {"name": self.name, "count": self.rooms, "people": people, "publishers": self.publishers,
                "receivers": self.receivers + (0 if self.meeting else staying), "connections": 2, "audioShare": 1 if self.audio else 0,
                "videoKilobits": self.kbps * scale, "framesPerSecond": self.fps, "voices": 0, "videos": 0,
                "cipher": self.srtp, "feedback": self.feedback}


@dataclass
class Load:
    name: str
    role: str
    parts: list
    seconds: float = 6.0
    levels: list = field(default_factory=lambda: [100])

    @property
    def peers(self):
        return sum(part.peers for part in self.parts)

    def workload(self, level):
        return {"name": self.name, "joinsPerSecond": sum(part.churn for part in self.parts),
                "rooms": [part.room(self.levels[level] / 100) for part in self.parts]}

    def times(self, part):
        if len(self.levels) > 1:
            return ["--levels", ",".join(map(str, self.levels)), "--level-time", f"{self.seconds}s"]
        if part.churn:
            return ["--churn", round(part.churn * (self.seconds + 1)), "--churn-rate", part.churn, "--churn-hold", f"{part.hold}s"]
        return ["--duration", f"{self.seconds}s"]


FIT = [
    Load("idle", "fit", [Part("idle", publishers=0, subscribers=400, kbps=0)], seconds=5),
    Load("large", "fit", [Part("large", subscribers=200)], levels=[100, 300], seconds=5),
    Load("audio", "fit", [Part("audio", subscribers=250, kbps=0)]),
    Load("meetings", "fit", [Part("meetings", publishers=4, rooms=10, meeting=True)], levels=[100, 30], seconds=5),
    Load("sha1", "fit", [Part("sha1", subscribers=120, srtp="sha1", feedback=True)], levels=[100, 300], seconds=5),
    Load("joins", "fit", [Part("joins", subscribers=40, kbps=500, churn=20)], seconds=7),
]
TEST = [
    Load("mixed", "test", [Part("small", publishers=4, rooms=5, meeting=True, kbps=800), Part("webinar", subscribers=100)]),
    Load("sizes", "test", [Part("sizes", publishers=2, subscribers=60, kbps=4000, fps=25, audio=False)]),
    Load("ciphers", "test", [Part("ciphers", publishers=6, rooms=3, meeting=True, kbps=600, srtp="sha1")]),
    Load("churn", "test", [Part("churn", subscribers=100, kbps=1000, feedback=True, churn=10)], seconds=7),
    Load("voices", "test", [Part("voices", publishers=10, subscribers=60, kbps=0)]),
]
