import Links

/// The one source of chance, shared with the links' simulation.
public typealias Dice = Links.Dice
