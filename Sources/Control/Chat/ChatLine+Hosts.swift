import Protocol
import Tenancy

/// What happens in a room's chat, and in those of its people, on other hosts. Everything is in the database before anybody hears of
/// it, with its place in its conversation; so a client is given what comes after what it has, and nothing twice.
extension ChatLine {
    func hear(_ chat: ClusterChat) {
        for seat in seats {
            guard let place = chat.conversation(seenBy: seat.author.userId), chat.sequence > seat.heard[place] ?? 0
            else {
                continue
            }
            askNews(in: place, for: seat, after: chat.sequence - 1)
        }
    }

    /// After a time in which nobody could hear of anything.
    func askAllNews() {
        for seat in seats { enqueue(.allNews, for: seat) }
    }

    /// `change`: where to begin for a client of whom it is not known what it has. Who has a device's name begins where the device
    /// does.
    func askNews(in place: ChatConversation, for seat: ChatSeat, after change: UInt64?) {
        let isAsked = waiting.contains { job in
            if case .news(place, _) = job.command { job.seat === seat } else { false }
        }
        guard !isAsked else { return }
        if seat.author.deviceId.isEmpty, seat.heard[place] == nil, change == nil { return }
        enqueue(.news(place, after: seat.author.deviceId.isEmpty ? change : nil), for: seat)
    }

    func deliver(_ sheet: ChatSheet, of place: ChatConversation, to seat: ChatSeat) {
        for entry in sheet.entries where entry.change > seat.heard[place] ?? 0 {
            seat.heard[place] = entry.change
            let isOwn = entry.fromUserId == seat.author.userId
            seat.session?.send(
                .chatMessage(entry.message(isOwn: isOwn)),
                answering: seat.answers.removeValue(forKey: entry.messageId) ?? 0)
        }
        if sheet.hasMore, !sheet.entries.isEmpty { askNews(in: place, for: seat, after: nil) }
    }
}

extension ChatEntry {
    func conversation(seenBy userId: String) -> ChatConversation {
        guard let toUserId else { return .room }
        return .person(userId == toUserId ? fromUserId : toUserId)
    }

    func notice(in room: ChatRoom) -> ClusterChat {
        var chat = ClusterChat()
        chat.appID = room.appId
        chat.roomID = room.roomId
        chat.messageID = messageId
        chat.sequence = change
        if let toUserId { chat.userIds = [fromUserId, toUserId] }
        return chat
    }
}

extension ClusterChat {
    /// Nil for who has no part in it.
    fileprivate func conversation(seenBy userId: String) -> ChatConversation? {
        guard userIds.count == 2 else { return .room }
        guard userIds.contains(userId) else { return nil }
        return .person(userIds[0] == userId ? userIds[1] : userIds[0])
    }
}

extension ChatReadMark {
    func notice(of conversation: ChatConversation, in room: ChatRoom) -> ClusterReadMark {
        var mark = ClusterReadMark()
        mark.appID = room.appId
        mark.roomID = room.roomId
        mark.userID = userId
        mark.number = number
        mark.withUserID = conversation.userId
        return mark
    }
}

extension ChatAuthor {
    func typing(_ isOn: Bool, to other: String?) -> ClusterTyping {
        var typing = ClusterTyping()
        typing.appID = room.appId
        typing.roomID = room.roomId
        typing.userID = userId
        typing.name = name
        typing.on = isOn
        typing.toUserID = other ?? ""
        return typing
    }
}

extension ChatCommand {
    /// The conversation that a client is being given what it missed of.
    var place: ChatConversation? {
        if case .pending(let all, _) = self { all.first } else { nil }
    }
}
