import Foundation
import Protocol
import SwiftProtobuf

/// grpc.reflection.v1: the protos' descriptors by file and by symbol.
struct Reflection: Sendable {
    private let services: [String]
    /// Serialised, by file name.
    private var files: [String: Data] = [:]
    /// The file of each service, method, message and enum.
    private var fileOfSymbol: [String: String] = [:]

    init(services: [String]) {
        self.services = services
        guard let set = try? Self.descriptors() else { preconditionFailure("the descriptors are generated and whole") }
        for file in set.file { add(file) }
    }

    static func descriptors() throws -> Google_Protobuf_FileDescriptorSet {
        try Google_Protobuf_FileDescriptorSet(serializedBytes: Data(base64Encoded: ProtoDescriptors.base64) ?? Data())
    }

    private mutating func add(_ file: Google_Protobuf_FileDescriptorProto) {
        files[file.name] = try? file.serializedData()
        for message in file.messageType { add(message, in: file.package, file.name) }
        for one in file.enumType { fileOfSymbol["\(file.package).\(one.name)"] = file.name }
        for service in file.service {
            let name = "\(file.package).\(service.name)"
            fileOfSymbol[name] = file.name
            for method in service.method { fileOfSymbol["\(name).\(method.name)"] = file.name }
        }
    }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String, _ file: String) {
        let name = "\(scope).\(message.name)"
        fileOfSymbol[name] = file
        for one in message.enumType { fileOfSymbol["\(name).\(one.name)"] = file }
        for inner in message.nestedType { add(inner, in: name, file) }
    }

    func answer(_ request: ReflectionServerReflectionRequest) -> ReflectionServerReflectionResponse {
        var response = ReflectionServerReflectionResponse()
        response.validHost = request.host
        response.originalRequest = request
        switch request.messageRequest {
        case .listServices: response.listServicesResponse.service = services.map(Self.service)
        case .fileByFilename(let name): put(files[name], into: &response)
        case .fileContainingSymbol(let symbol): put(fileOfSymbol[symbol].flatMap { files[$0] }, into: &response)
        case .fileContainingExtension, .allExtensionNumbersOfType: put(nil, into: &response)
        case nil:
            response.errorResponse.errorCode = 3
            response.errorResponse.errorMessage = "message_request is missing"
        }
        return response
    }

    /// Our protos import no others, so a file is all there is to say.
    private func put(_ file: Data?, into response: inout ReflectionServerReflectionResponse) {
        if let file {
            response.fileDescriptorResponse.fileDescriptorProto = [file]
        } else {
            response.errorResponse.errorCode = 5
            response.errorResponse.errorMessage = "not found"
        }
    }

    private static func service(_ name: String) -> ReflectionServiceResponse {
        var service = ReflectionServiceResponse()
        service.name = name
        return service
    }
}
