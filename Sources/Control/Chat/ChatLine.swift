import NIOCore
import Protocol
import Tenancy

/// One room's chat on this host: one command after the other, so that what changes reaches everybody in the same order, and
/// so that nothing comes between what a client missed and what happens now.
final class ChatLine {
    /// Commands that may wait; beyond this the room's chat is refused.
    static let waitingMax = 1000
    static let waitingOfSeatMax = 32

    let room: ChatRoom
    private let service: any ChatService
    private let counters: SignalingCounters
    private let loop: any EventLoop
    private(set) var seats: [ChatSeat] = []
    private(set) var waiting: [Job] = []
    private var isBusy = false
    /// For messages between two, who may be in different rooms.
    var tellElsewhere: ((ChatEntry, ChatLine) -> Void)?
    /// For the other hosts of a cluster; nil without one.
    var tellHosts: ((ClusterNotice.OneOf_Body) -> Void)?

    struct Job {
        var command: ChatCommand
        var seat: ChatSeat
        var requestID: UInt32
    }

    init(_ room: ChatRoom, service: any ChatService, counters: SignalingCounters, loop: any EventLoop) {
        self.room = room
        self.service = service
        self.counters = counters
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
        seat.heard = [:]
        // What still waits from before is for a socket that is gone.
        waiting.removeAll { $0.seat === seat && $0.command.isCatchingUp }
        waiting.append(Job(command: .catchUp, seat: seat, requestID: 0))
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

    /// Asked by the server itself.
    func enqueue(_ command: ChatCommand, for seat: ChatSeat) {
        seat.waitingCount += 1
        waiting.append(Job(command: command, seat: seat, requestID: 0))
        next()
    }

    private func next() {
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        var job = waiting.removeFirst()
        if case .news(let place, let change) = job.command {
            job.command = .news(place, after: job.seat.heard[place] ?? change)
        }
        if !job.command.isCatchingUp { job.seat.waitingCount -= 1 }
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
        case .changed(let entry):
            if entry.change == entry.number { counters.chatMessages += 1 } else { counters.chatChanges += 1 }
            deliver(entry, answering: seat, job.requestID)
            tellHosts?(.chat(entry.notice(in: room)))
        case .unchanged(let entry):
            seat.session?.send(.chatMessage(entry.message(isOwn: true)), answering: job.requestID)
        case .marked(let mark, let conversation):
            tell(mark, in: conversation)
            tellHosts?(.readMark(mark.notice(of: conversation, in: room)))
        case .conversations(let all): ask(seat, for: all, after: nil)
        case .sheet(let sheet, let conversation): answer(job, sheet, conversation)
        case .typing(let isOn, let userId):
            let typing = seat.author.typing(isOn, to: userId)
            tell(typing, except: seat)
            tellHosts?(.typing(typing))
        case .news(let sheet, let conversation): deliver(sheet, of: conversation, to: seat)
        case .allNews(let all): for place in all { askNews(in: place, for: seat, after: nil) }
        case .nothing: break
        case .refused(let error):
            counters.chatRefused += 1
            if job.command.isCatchingUp { seat.isLive = true }
            // The next word of another host asks again.
            if job.command.isNews { return }
            seat.session?.refuse(error.refusal(job.requestID))
        }
    }

    /// To all who may see it and have what came before it.
    func deliver(_ entry: ChatEntry, answering seat: ChatSeat? = nil, _ requestID: UInt32 = 0) {
        let forOthers = Session.encode(.chatMessage(entry.message(isOwn: false)))
        for other in seats where entry.isVisible(to: other.author.userId) && (other === seat || other.isLive) {
            guard isNext(entry, for: other, other === seat ? requestID : 0) else { continue }
            let isOwn = other.author.userId == entry.fromUserId
            if other === seat {
                other.session?.send(.chatMessage(entry.message(isOwn: isOwn)), answering: requestID)
            } else if isOwn {
                other.session?.send(.chatMessage(entry.message(isOwn: true)))
            } else if let forOthers {
                other.session?.send(forOthers)
            }
        }
        if seat != nil, entry.toUserId != nil { tellElsewhere?(entry, self) }
    }

    /// Whether a client has all that came before it. When it has not, because it was written on another host, it is fetched with
    /// what is missing. By itself a host hears of everything in order.
    private func isNext(_ entry: ChatEntry, for seat: ChatSeat, _ requestID: UInt32) -> Bool {
        let place = entry.conversation(seenBy: seat.author.userId)
        let known = seat.heard[place]
        // Who keeps nothing begins with what comes first.
        let first: UInt64 = seat.author.deviceId.isEmpty ? entry.change : 1
        let isGap = entry.change > known.map { $0 + 1 } ?? first
        guard tellHosts != nil, seat.isLive, isGap else {
            // An answer is sent in any case; nobody else gets what it has.
            guard entry.change > known ?? 0 || requestID != 0 else { return false }
            seat.heard[place] = max(known ?? 0, entry.change)
            return true
        }
        if requestID != 0 { seat.answers[entry.messageId] = requestID }
        askNews(in: place, for: seat, after: entry.change - 1)
        return false
    }

    private func answer(_ job: Job, _ sheet: ChatSheet, _ conversation: ChatConversation) {
        let seat = job.seat
        var page = sheet.message(of: conversation, for: seat.author.userId)
        guard case .pending(let all, _) = job.command else {
            seat.session?.send(.chatPage(page), answering: job.requestID)
            return
        }
        let isMore = sheet.hasMore && !sheet.entries.isEmpty
        let rest = isMore ? all : Array(all.dropFirst())
        counters.chatPending += 1
        page.pending = true
        if let last = sheet.entries.last { seat.heard[job.command.place ?? .room] = last.change }
        page.last = rest.isEmpty
        seat.session?.send(.chatPage(page))
        ask(seat, for: rest, after: isMore ? sheet.entries.last?.change : nil)
    }

    private func ask(_ seat: ChatSeat, for conversations: [ChatConversation], after change: UInt64?) {
        // A client that has come back with another socket in the meantime begins from the start.
        guard !waiting.contains(where: { $0.seat === seat && $0.command.isCatchingUp }) else { return }
        guard !conversations.isEmpty, seat.session != nil else {
            seat.isLive = true
            return
        }
        // Before whatever else waits: it would otherwise be told to the others alone.
        waiting.insert(Job(command: .pending(conversations, after: change), seat: seat, requestID: 0), at: 0)
    }

    func tell(_ mark: ChatReadMark, in conversation: ChatConversation) {
        for other in seats where other.author.userId != mark.userId {
            guard conversation == .room || conversation == .person(other.author.userId) else { continue }
            other.session?.send(.chatMark(mark.message(in: conversation)))
        }
    }

    func tell(_ typing: ClusterTyping, except seat: ChatSeat? = nil) {
        var message = ChatIsTyping()
        message.userID = typing.userID
        message.name = typing.name
        message.on = typing.on
        message.toMe = !typing.toUserID.isEmpty
        for other in seats where other !== seat && (!message.toMe || other.author.userId == typing.toUserID) {
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
    /// The last change of each conversation that it has.
    var heard: [ChatConversation: UInt64] = [:]
    /// By message: requests that are answered when what comes before has been fetched.
    var answers: [String: UInt32] = [:]

    init(_ author: ChatAuthor, _ session: Session) {
        self.author = author
        self.session = session
    }
}
