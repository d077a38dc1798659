// Empty: a package with a file in assembly may declare functions whose bodies
// are elsewhere. peers.go does.
