/// One step of the tables' history. Steps that have been released are never changed; a new one goes to the end.
struct Migration {
    var name: String
    var script: String
}
