import CPlatform
import Driver
import Glibc
import Memory
import Testing

/// Nil when this process may use bpf(2). A program that the verifier refuses is a failure, not a reason to skip.
private let refusal: String? = {
    let map = cp_bpf_hash_map(4, 4, 1)
    guard map < 0 else {
        close(map)
        return nil
    }
    return String(cString: strerror(-map))
}()

/// Sockets of one group, and who of them got a datagram.
private final class Group {
    let sockets: [PortSocket]
    let steering: Steering

    init(
        _ address: String, count: Int, patient: Int = 0, capacity: Int = 64, maximum: Steering.Kind = .addresses
    ) throws {
        sockets = try PortSocket.openGroup(address: address, port: 0, count: count + patient)
        steering = try Steering.attach(
            sockets.prefix(count).map(\.descriptor), patient: sockets.suffix(patient).map(\.descriptor),
            mapCapacity: capacity, maximum: maximum)
    }

    deinit {
        steering.detach()
        for socket in sockets { socket.close() }
    }

    /// The socket that has a datagram; takes it. Nil after two seconds.
    func receiver() -> Int? {
        var entries = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard Glibc.poll(&entries, nfds_t(entries.count), 2000) > 0 else { return nil }
        let index = entries.firstIndex { $0.revents != 0 }!
        var bytes = [UInt8](repeating: 0, count: 4096)
        _ = recv(sockets[index].descriptor, &bytes, bytes.count, 0)
        return index
    }

    /// Where the group is reached from a client of one family.
    func endpoint(ipv4: Bool) -> Endpoint {
        ipv4
            ? Endpoint(ipv4: 0x7F00_0001, port: sockets[0].port)
            : Endpoint(high: 0, low: UInt64(1).bigEndian, port: sockets[0].port)
    }
}

extension PlainSocket {
    /// This socket as the other side sees it.
    fileprivate func source(ipv4: Bool) -> Endpoint {
        ipv4 ? Endpoint(ipv4: 0x7F00_0001, port: port) : Endpoint(high: 0, low: UInt64(1).bigEndian, port: port)
    }
}

/// A Binding request with attributes before its USERNAME; all of them padded as RFC 8489 §14 says.
private func request(username: String, before: [(type: UInt16, count: Int)] = []) -> [UInt8] {
    var attributes: [UInt8] = []
    func add(_ type: UInt16, _ value: [UInt8]) {
        attributes += [UInt8(type >> 8), UInt8(type & 255), UInt8(value.count >> 8), UInt8(value.count & 255)] + value
        while attributes.count % 4 != 0 { attributes.append(0xEE) }
    }
    for (type, count) in before { add(type, [UInt8](repeating: 0x33, count: count)) }
    add(0x0006, Array(username.utf8))
    let count = attributes.count
    return [0, 1, UInt8(count >> 8), UInt8(count & 255), 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 9, count: 12)
        + attributes
}

@Suite("Steering in the kernel", .enabled(if: refusal == nil, "bpf is not permitted here: \(refusal ?? "")"))
struct SteeringTests {
    @Test(arguments: [true, false])
    func aRequestGoesToTheShardThatItsUsernameNames(ipv4: Bool) throws {
        let group = try Group("::", count: 12)
        for shard in 0..<12 {
            let client = PlainSocket(ipv4: ipv4)
            let name = (shard < 16 ? "0" : "") + String(shard, radix: 16) + "00002aabcd:theirs"
            client.send(request(username: name), to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == shard)
        }
    }

    @Test(arguments: [
        [(type: UInt16(0x8022), count: 5)],
        [(type: 0x0024, count: 4), (type: 0x802A, count: 8), (type: 0xC057, count: 3)],
        [(UInt16, Int)](repeating: (type: 0x0025, count: 0), count: 9),
        [(type: 0x8022, count: 763)],
    ])
    func attributesBeforeUsernameArePassedOver(_ before: [(type: UInt16, count: Int)]) throws {
        let group = try Group("127.0.0.1", count: 3)
        for shard in 0..<3 {
            let client = PlainSocket()
            client.send(request(username: "0\(shard)000000xyzw:them", before: before), to: group.endpoint(ipv4: true))
            #expect(group.receiver() == shard)
        }
    }

    @Test(arguments: [true, false])
    func anAddedAddressGoesToItsShard(ipv4: Bool) throws {
        let group = try Group("::", count: 4)
        let clients = ClientList(count: 16, ipv4: ipv4)
        for index in 0..<16 { #expect(group.steering.add(clients.source(index), shard: UInt8(index % 4))) }
        for index in 0..<16 {
            clients.send([0x80, 1, 2, 3], from: index, to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == index % 4)
            // The name does not count once the address is known.
            clients.send(
                request(username: "0\((index + 1) % 4)000000xyzw:them"), from: index, to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == index % 4)
        }
        // An address moves with the last word.
        #expect(group.steering.add(clients.source(0), shard: 3))
        clients.send([0x80], from: 0, to: group.endpoint(ipv4: ipv4))
        #expect(group.receiver() == 3)
    }

    @Test
    func aRemovedAddressIsForgotten() throws {
        let group = try Group("127.0.0.1", count: 4)
        let client = PlainSocket()
        client.send([0x80], to: group.endpoint(ipv4: true))
        let usual = try #require(group.receiver())
        let other = (usual + 1) % 4
        group.steering.add(client.source(ipv4: true), shard: UInt8(other))
        client.send([0x80], to: group.endpoint(ipv4: true))
        #expect(group.receiver() == other)
        #expect(group.steering.remove(client.source(ipv4: true)))
        #expect(!group.steering.remove(client.source(ipv4: true)))
        #expect(group.steering.shard(of: client.source(ipv4: true)) == nil)
        client.send([0x80], to: group.endpoint(ipv4: true))
        #expect(group.receiver() == usual)
    }

    @Test(arguments: [
        request(username: "0F000000:x"),  // upper case
        request(username: "7f000000:x"),  // no such shard
        request(username: "zz000000:x"),
        request(username: "0"),
        Array(request(username: "01000000:x").prefix(22)),  // cut in an attribute's header
        [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x43] + [UInt8](repeating: 0, count: 40),  // not the cookie
        [0, 1], [],
        request(
            username: "01000000:x",
            before: [(UInt16, Int)](repeating: (0x0025, 0), count: 10).map { (type: $0.0, count: $0.1) }),
        [0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 0, count: 12) + [0x80, 0x22, 0xFF, 0xFF, 1, 2, 3, 4],
    ])
    func whatNamesNoShardFallsToTheHash(_ bytes: [UInt8]) throws {
        let group = try Group("127.0.0.1", count: 4)
        let client = PlainSocket()
        client.send([0x80], to: group.endpoint(ipv4: true))
        let usual = try #require(group.receiver())
        client.send(bytes, to: group.endpoint(ipv4: true))
        #expect(group.receiver() == usual)
    }

    @Test(arguments: [true, false])
    func feedbackGoesToThePatientSocketOfItsShard(ipv4: Bool) throws {
        let group = try Group("::", count: 3, patient: 3)
        let clients = ClientList(count: 6, ipv4: ipv4)
        for index in 0..<6 {
            group.steering.add(clients.source(index), shard: UInt8(index % 3))
            clients.send([0x8F, 205, 0, 3], from: index, to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == 3 + index % 3)
            clients.send([0x81, 205, 0, 3], from: index, to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == index % 3)
        }
    }

    @Test
    func strangersDoNotReachPatientSockets() throws {
        let group = try Group("127.0.0.1", count: 2, patient: 2)
        let clients = ClientList(count: 32, ipv4: true)
        var receivers: Set<Int> = []
        for index in 0..<32 {
            clients.send([0x80], from: index, to: group.endpoint(ipv4: true))
            receivers.insert(try #require(group.receiver()))
        }
        #expect(receivers == [0, 1])
    }

    @Test
    func aFullMapRefuses() throws {
        let group = try Group("127.0.0.1", count: 2, capacity: 3)
        let results = (1...4).map { group.steering.add(Endpoint(ipv4: 0x0A00_0000, port: $0), shard: 1) }
        #expect(results == [true, true, true, false])
    }
}

@Suite("Steering by a classic filter")
struct ClassicSteeringTests {
    @Test(arguments: [true, false])
    func aRequestGoesToTheShardThatItsUsernameNames(ipv4: Bool) throws {
        let group = try Group("::", count: 12, maximum: .names)
        #expect(group.steering.kind == .names)
        for shard in 0..<12 {
            let client = PlainSocket(ipv4: ipv4)
            client.send(request(username: "0" + String(shard, radix: 16) + "000000:x"), to: group.endpoint(ipv4: ipv4))
            #expect(group.receiver() == shard)
        }
    }

    @Test(arguments: [
        [0x80, 0, 0, 0], [], [0, 1, 0, 0], request(username: "0F000000:x"), request(username: "0g000000:x"),
        request(username: "0/000000:x"), request(username: "0:000000:x"), request(username: "0`000000:x"),
        request(username: "7f000000:x"), request(username: "00000000:x", before: [(type: 0x8022, count: 4)]),
        [UInt8](repeating: 0, count: 40),
    ])
    func whatNamesNoShardFallsToTheHash(_ bytes: [UInt8]) throws {
        let group = try Group("127.0.0.1", count: 4, maximum: .names)
        let client = PlainSocket()
        client.send([0x80], to: group.endpoint(ipv4: true))
        let usual = try #require(group.receiver())
        client.send(bytes, to: group.endpoint(ipv4: true))
        #expect(group.receiver() == usual)
        #expect(!group.steering.add(client.source(ipv4: true), shard: 0))
    }
}

/// Several plain sockets. (An array cannot hold noncopyable values.)
private final class ClientList {
    private let clients: UnsafeMutableBufferPointer<PlainSocket>
    private let ipv4: Bool

    init(count: Int, ipv4: Bool) {
        clients = .allocate(capacity: count)
        self.ipv4 = ipv4
        for index in 0..<count { clients.initializeElement(at: index, to: PlainSocket(ipv4: ipv4)) }
    }

    deinit {
        clients.deinitialize()
        clients.deallocate()
    }

    func source(_ index: Int) -> Endpoint { clients[index].source(ipv4: ipv4) }
    func send(_ bytes: [UInt8], from index: Int, to destination: Endpoint) {
        clients[index].send(bytes, to: destination)
    }
}
