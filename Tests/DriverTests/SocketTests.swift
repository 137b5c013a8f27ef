import Driver
import Glibc
import Testing

@Suite("Binding")
struct SocketTests {
    @Test
    func aPortThatSomebodyHasIsRefusedByName() throws {
        let first = try PortSocket.open(address: "127.0.0.1", port: 0)
        defer { first.close() }
        #expect(throws: PortError.portInUse(address: "127.0.0.1", port: first.port)) {
            try PortSocket.open(address: "127.0.0.1", port: first.port)
        }
        let text = PortError.portInUse(address: "127.0.0.1", port: 7000).description
        #expect(text.contains("127.0.0.1") && text.contains("7000") && text.contains("in use"))
    }

    @Test
    func aGroupSharesOnePort() throws {
        let group = try PortSocket.openGroup(address: "::", port: 0, count: 3)
        defer { for socket in group { socket.close() } }
        #expect(group.count == 3 && group[0].port != 0)
        #expect(group.allSatisfy { $0.port == group[0].port })
    }

    @Test
    func aPortThatTheKernelChoosesIsNobodyElses() throws {
        var sockets: [PortSocket] = []
        defer { for socket in sockets { socket.close() } }
        for _ in 0..<400 { sockets.append(try PortSocket.open(address: "127.0.0.1", port: 0)) }
        #expect(Set(sockets.map(\.port)).count == 400)
    }

    /// Descriptor 0 is whose number stands in memory that nobody has set.
    @Test(arguments: backends)
    func aPortThatComesAndGoesClosesNothingOfOthers(_ backend: PortConfiguration.Backend) throws {
        func standardInput() -> [UInt64] {
            var found = stat()
            return fstat(0, &found) == 0 ? [UInt64(found.st_dev), UInt64(found.st_ino)] : []
        }
        let before = standardInput()
        try #require(!before.isEmpty)
        for _ in 0..<3 { _ = try Rig(backend, connections: 2) }
        #expect(standardInput() == before)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "::g", "1.2.3.4.5"])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: PortError.badAddress(text)) { try PortSocket.open(address: text, port: 0) }
    }

    @Test
    func anAddressOfAnotherHostIsRefused() {
        #expect(throws: PortError.addressNotHere(address: "192.0.2.77", errno: EADDRNOTAVAIL)) {
            try PortSocket.open(address: "192.0.2.77", port: 0)
        }
    }
}
