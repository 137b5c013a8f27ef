import Protocol
import SwiftProtobuf
import Testing

@testable import Rpc

struct ReflectionTests {
    private let reflection = Reflection(services: Services.names)

    @Test func servicesAreListed() {
        let answer = reflection.answer(.with { $0.listServices = "" })
        #expect(answer.listServicesResponse.service.map(\.name) == Services.names)
    }

    @Test(arguments: [
        "millrace.control.v1.Rooms", "millrace.control.v1.Rooms.Join", "millrace.control.v1.JoinRequest",
        "millrace.control.v1.Event.Type", "millrace.control.v1.Kind",
    ]) func aSymbolLeadsToItsFile(_ symbol: String) throws {
        let answer = reflection.answer(.with { $0.fileContainingSymbol = symbol })
        let bytes = try #require(answer.fileDescriptorResponse.fileDescriptorProto.first)
        #expect(try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes).name == "control.proto")
    }

    @Test func whatIsNotThereIsNotFound() {
        #expect(reflection.answer(.with { $0.fileContainingSymbol = "nothing" }).errorResponse.errorCode == 5)
        #expect(reflection.answer(.with { $0.fileByFilename = "nothing.proto" }).errorResponse.errorCode == 5)
        #expect(reflection.answer(ReflectionServerReflectionRequest()).errorResponse.errorCode == 3)
    }

    @Test func healthTellsOfDraining() async {
        let health = HealthState()
        #expect(health.status(of: "") == .serving && health.status(of: "nothing") == nil)
        var changes = health.watch(Services.names[0]).makeAsyncIterator()
        #expect(await changes.next() == .serving)
        health.stopServing()
        #expect(await changes.next() == .notServing)
        #expect(health.status(of: "") == .notServing)
    }
}
