import NIOCore
import Protocol

/// One room's chat on this host: one command after the other, so that what changes reaches everybody in the same order, and
/// so that nothing comes between what a client missed and what happens now.
final class ChatLine {
    /// Commands that may wait; beyond this the room's chat is refused.
    static let waitingMax = 1000
    static let waitingOfSeatMax = 32

    let room: ChatRoom
    private let service: any ChatService
    private let loop: any EventLoop
    private(set) var seats: [ChatSeat] = []
    private var waiting: [Job] = []
    private var isBusy = false

    private struct Job {
        var command: ChatCommand
        var seat: ChatSeat
        var requestID: UInt32
    }

    init(_ room: ChatRoom, service: any ChatService, loop: any EventLoop) {
        self.room = room
        self.service = service
        self.loop = loop
    }

    func add(_ seat: ChatSeat) { seats.append(seat) }

    func remove(_ seat: ChatSeat) {
        seats.removeAll { $0 === seat }
        seat.session = nil
    }

    /// Begins with what the device missed; a device without a name hears what happens from now on.
    func catchUp(_ seat: ChatSeat) {
        guard !seat.author.deviceId.isEmpty else {
            seat.isLive = true
            return
        }
        seat.isLive = false
        // One that still waits from before will do.
        guard !waiting.contains(where: { $0.seat === seat && $0.command.isPending }) else { return }
        waiting.append(Job(command: .pending(after: nil), seat: seat, requestID: 0))
        next()
    }

    /// False when too much waits already.
    func take(_ command: ChatCommand, from seat: ChatSeat, _ requestID: UInt32) -> Bool {
        guard waiting.count < Self.waitingMax, seat.waitingCount < Self.waitingOfSeatMax else { return false }
        seat.waitingCount += 1
        waiting.append(Job(command: command, seat: seat, requestID: requestID))
        next()
        return true
    }

    private func next() {
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        let job = waiting.removeFirst()
        if !job.command.isPending { job.seat.waitingCount -= 1 }
        let (command, author, service) = (job.command, job.seat.author, service)
        loop.run { await command.perform(by: author, with: service) }.assumeIsolated().whenSuccess { outcome in
            self.isBusy = false
            self.finish(job, outcome)
            self.next()
        }
    }

    private func finish(_ job: Job, _ outcome: ChatOutcome) {
        let seat = job.seat
        switch outcome {
        case .changed(let entry): deliver(entry, answering: seat, job.requestID)
        case .marked(let mark):
            for other in seats where other.author.userId != mark.userId { other.session?.send(.chatMark(mark.message)) }
        case .sheet(let sheet): answer(job, sheet)
        case .typing(let isOn, let userId): tell(isOn, to: userId, by: seat)
        case .nothing: break
        case .refused(let error):
            if job.command.isPending { seat.isLive = true }
            seat.session?.refuse(error.refusal(job.requestID))
        }
    }

    /// To all who may see it and have what came before it.
    func deliver(_ entry: ChatEntry, answering seat: ChatSeat? = nil, _ requestID: UInt32 = 0) {
        for other in seats where entry.isVisible(to: other.author.userId) {
            if other === seat {
                other.session?.send(.chatMessage(entry.message(for: other.author.userId)), answering: requestID)
            } else if other.isLive {
                other.session?.send(.chatMessage(entry.message(for: other.author.userId)))
            }
        }
    }

    private func answer(_ job: Job, _ sheet: ChatSheet) {
        let seat = job.seat
        let page = sheet.message(for: seat.author.userId, isPending: job.command.isPending)
        seat.session?.send(.chatPage(page), answering: job.requestID)
        guard job.command.isPending else { return }
        guard sheet.hasMore, let last = sheet.entries.last, seat.session != nil else {
            seat.isLive = true
            return
        }
        // Before whatever else waits: it would otherwise be told to the others alone.
        waiting.insert(Job(command: .pending(after: last.change), seat: seat, requestID: 0), at: 0)
    }

    private func tell(_ isOn: Bool, to userId: String?, by seat: ChatSeat) {
        var message = ChatIsTyping()
        message.userID = seat.author.userId
        message.name = seat.author.name
        message.on = isOn
        message.toMe = userId != nil
        for other in seats where other !== seat && (userId == nil || other.author.userId == userId) {
            other.session?.send(.chatIsTyping(message))
        }
    }
}

/// A session's place in its room's chat.
final class ChatSeat {
    let author: ChatAuthor
    weak var session: Session?
    /// It has what it missed, and hears what happens.
    var isLive = false
    var waitingCount = 0

    init(_ author: ChatAuthor, _ session: Session) {
        self.author = author
        self.session = session
    }
}
