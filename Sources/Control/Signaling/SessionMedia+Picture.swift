import Contract
import SessionDescription

/// A session's negotiation as data.
extension SessionMedia {
    var picture: MediaPicture {
        var picture = MediaPicture()
        (picture.originId, picture.originVersion, picture.version) = (origin.id, origin.version, version)
        picture.sections = sections.map { SectionPicture($0) }
        if let credentials = outstanding?.credentials {
            picture.openUfrag = credentials.ufrag
            picture.openPassword = credentials.password
            picture.openRestarts = credentials.restarts
        }
        (picture.isOfferDue, picture.isRestartDue) = (isOfferDue, isRestartDue)
        picture.fingerprint = fingerprint?.sha256.array ?? []
        picture.published = published.map { PublishedPicture($0.key, $0.value) }
        picture.wanted = wanted.map { $0.key.rawValue << 1 | ($0.value ? 1 : 0) }
        picture.unwanted = unwanted.sorted()
        return picture
    }

    /// Nothing is sent: the client knows all of it.
    func restore(_ picture: MediaPicture) throws(UpgradeFailure) {
        origin = SessionOrigin(id: picture.originId, version: picture.originVersion)
        version = picture.version
        sections = picture.sections.map(\.section)
        (isOfferDue, isRestartDue, areTracksDue) = (picture.isOfferDue, picture.isRestartDue, false)
        fingerprint = picture.fingerprint.isEmpty ? nil : Fingerprint(sha256: picture.fingerprint)
        published = Dictionary(picture.published.map { ($0.source, $0.section) }) { first, _ in first }
        for word in picture.wanted {
            guard let source = MediaSource(rawValue: word >> 1) else { throw UpgradeFailure("a source is unknown") }
            wanted[source] = word & 1 == 1
        }
        unwanted = Set(picture.unwanted)
        guard !picture.openUfrag.isEmpty else { return }
        let credentials = LocalCredentials(
            ufrag: picture.openUfrag, password: picture.openPassword, restarts: picture.openRestarts)
        // As it was written: reading the answer asks for the sections only.
        guard
            let offer = try? ServerOffer(
                origin: origin, local: session.announcement.transport(credentials), sections: sections)
        else { throw UpgradeFailure("an offer cannot be written again") }
        outstanding = (offer, credentials)
    }

    /// What was due when the other process stopped.
    func goOn() {
        areTracksDue = true
        slotsChanged()
    }
}
