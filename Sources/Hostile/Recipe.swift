/// The kinds of wrong datagrams.
enum Recipe: Int, CaseIterable {
    case random
    case empty
    case tiny
    case stun
    case rtp
    case rtcp
    case dtls
    /// A check for a peer that exists, with a wrong MESSAGE-INTEGRITY and a right FINGERPRINT.
    case liveStunWrongKey
    /// The same with some bytes changed, FINGERPRINT right again or not.
    case liveStunChanged
    /// A right check, to be let in; only with a password.
    case liveStunRight
    /// RTP and RTCP that look like those of a stream that exists; their authentication tags cannot be right.
    case forgedMedia
    /// Up to the largest datagram that IPv4 has.
    case oversized
    /// A UDP_SEGMENT run of equal sizes, which the receiver's UDP_GRO may merge.
    case run

    /// How many of a hundred or so.
    func weight(_ options: Options) -> Int {
        switch self {
        case .random: 10
        case .empty: 1
        case .tiny: 3
        case .stun: 10
        case .rtp, .rtcp: 10
        case .dtls: 6
        case .liveStunWrongKey: options.username.isEmpty ? 0 : 10
        case .liveStunChanged: options.username.isEmpty ? 0 : 10
        case .liveStunRight: options.password.isEmpty ? 0 : 4
        case .forgedMedia: options.ssrcs.isEmpty ? 0 : 30
        case .oversized: 1
        case .run: 6
        }
    }
}
