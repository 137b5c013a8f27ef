// What hotcheck must find guilty, to prove that the alarm works with this compiler. Never part of the server.

public final class Bird {
    public var songs: [Int] = []
}

public struct Cage {
    public var perches: InlineArray<1024, UInt64>
}

@inline(never)
public func canaryAllocates(_ count: Int) -> Bird {
    let bird = Bird()
    bird.songs.append(count)
    return bird
}

@inline(never)
public func canaryCountsReferences(_ bird: Bird, _ keep: inout [Bird]) { keep[0] = bird }

@inline(never)
public func canaryCopiesState(_ from: UnsafePointer<Cage>, _ to: UnsafeMutablePointer<Cage>) {
    to.pointee = from.pointee
}

/// Guilty through a function that it calls.
@inline(never)
public func canaryHasBadCompany(_ count: Int) -> Int { canaryAllocates(count).songs.count &+ 1 }

/// Innocent: an alarm that always rings is none.
@inline(never)
public func canaryIsInnocent(_ left: Int, _ right: Int) -> Int { left &* 3 &+ right }
