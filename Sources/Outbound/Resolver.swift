import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Turns a host name into addresses, in the order in which they should be dialled; none for an unknown name.
package typealias Resolve = @Sendable (_ host: String) async -> [IPAddress]

/// The machine's own resolver (`getaddrinfo`), on a thread where it may block.
package let systemResolve: Resolve = { host in
    do {
        return try await NIOThreadPool.singleton.runIfActive { addresses(of: host) }
    } catch {
        // The pool is gone: the program ends.
        return []
    }
}

private func addresses(of host: String) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &first) == 0, let first else { return [] }
    defer { freeaddrinfo(first) }
    return sequence(first: first, next: { $0.pointee.ai_next }).compactMap { address($0.pointee) }
}

private func address(_ info: addrinfo) -> IPAddress? {
    guard let pointer = info.ai_addr else { return nil }
    switch info.ai_family {
    case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
            withUnsafeBytes(of: socket.pointee.sin_addr) { IPAddress(bytes: Array($0)) }
        }
    case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
            withUnsafeBytes(of: socket.pointee.sin6_addr) { IPAddress(bytes: Array($0)) }
        }
    case _: return nil
    }
}
