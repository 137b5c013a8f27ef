/// The release, as `millrace --version` and `/health` say it.
public let version = "0.1.0"
