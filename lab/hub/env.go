package hub

// Default is the client that the environment describes; see the package's doc.
func Default() *Client { return &Client{} }
