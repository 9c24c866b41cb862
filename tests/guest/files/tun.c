// A network device of one's own: TUNSETIFF and its kin, in a network namespace; ioctls of interfaces; a route by netlink.
#include "../check.h"
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <arpa/inet.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
static int inside(void)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) { puts("ok"); return 0; } // not for us here
    int tun = open("/dev/net/tun", O_RDWR);
    if (tun < 0) { puts("ok"); return 0; }
    unsigned features = 0;
    EQUAL(ioctl(tun, TUNGETFEATURES, &features), 0); CHECK(features & IFF_TUN);
    r.ifr_flags = IFF_TUN | IFF_NO_PI;
    strcpy(r.ifr_name, "metic%d");
    EQUAL(ioctl(tun, TUNSETIFF, &r), 0);
    CHECK(!strcmp(r.ifr_name, "metic0"));
    EQUAL(ioctl(tun, TUNSETIFF, (void *)8), -1); EQUAL(errno, EFAULT);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in *a = (void *)&r.ifr_addr;
    a->sin_family = AF_INET; a->sin_addr.s_addr = htonl(0x0a090807); a->sin_port = 0;
    EQUAL(ioctl(s, SIOCSIFADDR, &r), 0);
    EQUAL(ioctl(s, SIOCGIFFLAGS, &r), 0);
    r.ifr_flags |= IFF_UP;
    EQUAL(ioctl(s, SIOCSIFFLAGS, &r), 0);
    EQUAL(ioctl(s, SIOCGIFINDEX, &r), 0);
    int index = r.ifr_ifindex;
    r.ifr_mtu = 1400;
    EQUAL(ioctl(s, SIOCSIFMTU, &r), 0); EQUAL(ioctl(s, SIOCGIFMTU, &r), 0); EQUAL(r.ifr_mtu, 1400);
    struct ifreq some[4];
    struct ifconf list = {.ifc_len = sizeof some, .ifc_req = some};
    EQUAL(ioctl(s, SIOCGIFCONF, &list), 0);
    EQUAL(list.ifc_len, sizeof some[0]); CHECK(!strcmp(some[0].ifr_name, "metic0"));
    int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct { struct nlmsghdr h; struct rtmsg m; struct rtattr a; uint32_t to; struct rtattr b; int oif; } add = {
        {sizeof add, RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0},
        {AF_INET, 32, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_LINK, RTN_UNICAST, 0},
        {8, RTA_DST}, htonl(0xc0a80105), {8, RTA_OIF}, index};
    struct { struct nlmsghdr h; struct nlmsgerr e; } ack;
    CHECK(send(nl, &add, sizeof add, 0) == sizeof add);
    CHECK(recv(nl, &ack, sizeof ack, 0) > 0); EQUAL(ack.e.error, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0a80105)};
    EQUAL(sendto(s, "hello", 5, 0, (void *)&to, sizeof to), 5);
    unsigned char packet[1500];
    long n;
    do n = read(tun, packet, sizeof packet); while (n > 0 && packet[0] >> 4 != 4); // others are IPv6's own
    EQUAL(n, 33); EQUAL(packet[9], 17); CHECK(!memcmp(packet + 28, "hello", 5) && !memcmp(packet + 12, "\x0a\x09\x08\x07", 4));
    return finish();
}
int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) { int s = inside(); fflush(stdout); _exit(s); }
    CHECK(waitpid(child, &status, 0) == child);
    return status != 0;
}
