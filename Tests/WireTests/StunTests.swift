import Testing
import Wire

/// RFC 5769 §2.1, §2.2, §2.3.
enum Rfc5769 {
    static let request = bytes(
        """
        0001 0058 2112a442 b7e7a701bc34d686fa87dfae 8022 0010 5354554e207465737420636c69656e74
        0024 0004 6e0001ff 8029 0008 932ff9b151263b36 0006 0009 6576746a3a68367659202020
        0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 8028 0004 e57a3bcf
        """)
    static let responseIPv4 = bytes(
        """
        0101 003c 2112a442 b7e7a701bc34d686fa87dfae 8022 000b 7465737420766563746f7220
        0020 0008 0001a147e112a643 0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 8028 0004 c07d4c96
        """)
    static let responseIPv6 = bytes(
        """
        0101 0048 2112a442 b7e7a701bc34d686fa87dfae 8022 000b 7465737420766563746f7220
        0020 0014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
        0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41 8028 0004 c8fb0b4c
        """)
    static let transactionId = StunTransactionId(first: 0xb7e7_a701_bc34_d686, last: 0xfa87_dfae)
    /// 2001:db8:1234:5678:11:2233:4455:6677
    static let addressIPv6 = StunAddress(
        high: UInt64(0x2001_0db8_1234_5678).bigEndian, low: UInt64(0x0011_2233_4455_6677).bigEndian, port: 32853)
}

func stun(_ message: [UInt8]) throws(WireError) -> StunMessage {
    try message.inMemory { (buffer) throws(WireError) in try StunMessage(parsing: buffer.bytes) }
}

@Suite struct StunParsing {
    @Test func readsTheSampleRequest() throws {
        let message = try stun(Rfc5769.request)
        #expect(message.isBindingRequest)
        #expect(message.transactionId == Rfc5769.transactionId)
        #expect(message.hasPriority && message.priority == 0x6e00_01ff)
        #expect(message.isControlled && !message.isControlling && message.tieBreaker == 0x932f_f9b1_5126_3b36)
        #expect(!message.useCandidate && message.firstUnknownRequired == 0)
        let username = Rfc5769.request[message.usernameOffset..<message.usernameOffset + message.usernameLength]
        #expect(String(decoding: username, as: UTF8.self) == "evtj:h6vY")
        #expect(message.integrityCoveredLength == 76)
        #expect(message.integrityLengthField == 80)
        #expect(Rfc5769.request[message.integrityHmacOffset] == 0x9a)
        #expect(message.byteCount == 108)
    }

    @Test(arguments: [Rfc5769.request, Rfc5769.responseIPv4, Rfc5769.responseIPv6])
    func theFingerprintOfTheSamplesIsValidUntilABitTurns(_ sample: [UInt8]) throws {
        let message = try stun(sample)
        #expect(sample.inMemory { message.fingerprintIsValid(in: $0.bytes) })
        sample.everyBitTurned { buffer in
            guard let turned = try? StunMessage(parsing: buffer.bytes) else { return }
            let isValid = turned.fingerprintIsValid(in: buffer.bytes)
            #expect(!isValid)
        }
    }

    @Test func readsMappedAddresses() throws {
        let four = try stun(Rfc5769.responseIPv4)
        #expect(four.messageClass == .success && four.hasMappedAddress)
        #expect(four.mappedAddress == StunAddress(ipv4: 0xC000_0201, port: 32853))
        let six = try stun(Rfc5769.responseIPv6)
        #expect(six.mappedAddress == Rfc5769.addressIPv6)
        #expect(!six.mappedAddress.isIPv4)
    }

    @Test(arguments: [Rfc5769.request, Rfc5769.responseIPv4, Rfc5769.responseIPv6])
    func everyCutMessageIsRefused(_ sample: [UInt8]) {
        sample.everyPrefix { buffer in
            guard buffer.count < sample.count else { return }
            #expect(throws: WireError.truncated) { try StunMessage(parsing: buffer.bytes) }
        }
    }

    @Test func attributesAfterIntegrityAreIgnored() throws {
        let message = try stun(
            bytes(
                """
                0001 0020 2112a442 000102030405060708090a0b 0008 0014 0000000000000000000000000000000000000000
                7f00 0000 0025 0000
                """))
        #expect(message.hasIntegrity && !message.useCandidate && message.firstUnknownRequired == 0)
    }

    @Test func theFirstUnknownAttributeThatMustBeUnderstoodIsNamed() throws {
        let message = try stun(bytes("0001 000c 2112a442 000102030405060708090a0b 8070 0000 7f01 0000 7f02 0000"))
        #expect(message.firstUnknownRequired == 0x7f01)
    }

    @Test(arguments: [
        ("0001 0004 2112a443 000102030405060708090a0b 80700000", WireError.notRecognised),
        ("c001 0004 2112a442 000102030405060708090a0b 80700000", .notRecognised),
        ("0001 0003 2112a442 000102030405060708090a0b 807000", .malformed),
        ("0001 0004 2112a442 000102030405060708090a0b 80700000 00", .malformed),
        ("0001 0004 2112a442 000102030405060708090a0b 80700001", .truncated),
        ("0001 0004 2112a442 000102030405060708090a0b 00240000", .malformed),
        ("0001 0008 2112a442 000102030405060708090a0b 00250004 00000000", .malformed),
        ("0001 000c 2112a442 000102030405060708090a0b 80280004 00000000 80700000", .malformed),
    ])
    func unlawfulMessagesAreRefused(_ hex: String, _ error: WireError) {
        #expect(throws: error) { try stun(bytes(hex)) }
    }
}

@Suite struct StunWriting {
    let hmac = InlineArray<20, UInt8> { UInt8($0) }

    @Test(arguments: [StunAddress(ipv4: 0x0A00_0001, port: 5), Rfc5769.addressIPv6])
    func aSuccessResponseComesBackAsWritten(_ address: StunAddress) throws {
        let response = try written { (writer) throws(WireError) in
            var stun = try StunWriter(bindingSuccessTo: Rfc5769.transactionId, mappedAddress: address, into: writer)
            stun.appendIntegrity(hmac)
            stun.appendFingerprint()
            writer = stun.writer
        }
        let message = try stun(response)
        #expect(message.messageClass == .success && message.method == 1)
        #expect(message.mappedAddress == address)
        #expect(message.integrityHmacOffset + 20 == message.fingerprintOffset)
        #expect(response[message.integrityHmacOffset + 3] == 3)
        #expect(response.inMemory { message.fingerprintIsValid(in: $0.bytes) })
    }

    @Test func theXorOfTheSampleResponsesComesOut() throws {
        let response = try written { (writer) throws(WireError) in
            writer = try StunWriter(
                bindingSuccessTo: Rfc5769.transactionId, mappedAddress: Rfc5769.addressIPv6, into: writer
            ).writer
        }
        #expect(Array(response[20...]) == Array(Rfc5769.responseIPv6[36..<60]))
    }

    @Test func theLengthFieldCountsIntegrityBeforeItIsThere() throws {
        let covered = try written { (writer) throws(WireError) in
            writer = try StunWriter(
                bindingSuccessTo: Rfc5769.transactionId, mappedAddress: StunAddress(ipv4: 1, port: 1), into: writer
            ).writer
        }
        #expect(covered.count == 32 && covered[3] == 36)
    }

    @Test(arguments: [UInt16(400), 401, 420, 487])
    func anErrorResponseComesBackAsWritten(_ code: UInt16) throws {
        let response = try written { (writer) throws(WireError) in
            var stun = try StunWriter(
                bindingErrorTo: Rfc5769.transactionId, code: code, unknownAttribute: code == 420 ? 0x7f01 : 0,
                into: writer)
            stun.appendFingerprint()
            writer = stun.writer
        }
        let message = try stun(response)
        #expect(message.messageClass == .error && message.errorCode == code && !message.hasIntegrity)
        #expect(response.inMemory { message.fingerprintIsValid(in: $0.bytes) })
        #expect((code == 420) == response.contains(0x7f))
    }

    @Test func aRequestComesBackAsWritten() throws {
        let request = try written { (writer) throws(WireError) in
            var stun = try Array("peer:mine".utf8).inMemory { (name) throws(WireError) in
                try StunWriter(
                    bindingRequest: Rfc5769.transactionId, username: name.bytes, priority: 77, isControlling: true,
                    tieBreaker: 99, useCandidate: true, into: writer)
            }
            stun.appendIntegrity(hmac)
            stun.appendFingerprint()
            writer = stun.writer
        }
        let message = try stun(request)
        #expect(message.isBindingRequest && message.isControlling && message.tieBreaker == 99)
        #expect(message.priority == 77 && message.useCandidate)
        #expect(message.usernameLength == 9)
        #expect(message.firstUnknownRequired == 0)
        #expect(request.inMemory { message.fingerprintIsValid(in: $0.bytes) })
    }

    @Test func aShortBufferIsRefusedBeforeAnythingIsWritten() {
        for capacity in 1..<64 {
            #expect(throws: WireError.bufferFull) {
                try written(capacity) { (writer) throws(WireError) in
                    _ = try StunWriter(
                        bindingSuccessTo: Rfc5769.transactionId, mappedAddress: Rfc5769.addressIPv6, into: writer)
                }
            }
        }
    }
}
