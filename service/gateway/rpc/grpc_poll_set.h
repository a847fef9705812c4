#ifndef SERVICE_GATEWAY_RPC_GRPC_POLL_SET_H_
#define SERVICE_GATEWAY_RPC_GRPC_POLL_SET_H_

#include <string>

namespace billing::gateway::rpc {

// The epoll descriptor in which gRPC watches its sockets, -1 where it cannot be told: gRPC polls in
// another way, or there is no /proc. It is gRPC's, lives as long as the server, and becomes
// readable when a completion queue that is polled would have something to do.
//
// gRPC does not offer it. It is recognised by what it watches: the socket that listens on `address`
// ("127.0.0.1:50051", "[::]:50051", "unix:/path"), which a server of this process must have bound.
int FindGrpcPollSet(const std::string& address);

}  // namespace billing::gateway::rpc

#endif  // SERVICE_GATEWAY_RPC_GRPC_POLL_SET_H_
