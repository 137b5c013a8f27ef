/// Descriptions of real clients, as they came off the wire: Chromium 156, Firefox ESR 153, libwebrtc M152 (wrtc), aiortc
/// 1.16, and a server that answered them. Line ends are LF here; `wire` makes them CRLF.
enum Samples {
    static let aiortcOfferSendrecvDc = """
        v=0
        o=- 4004234432 4004234432 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2
        a=msid-semantic:WMS *
        m=audio 49602 UDP/TLS/RTP/SAVPF 96 9 0 8
        c=IN IP4 127.0.0.1
        a=sendrecv
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=mid:0
        a=msid:4db95099-1b55-4830-8ac7-203a85dd77ec 74634a12-20f2-42b9-a08b-ada00f292d4f
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc:3207160951 cname:8dbd8eba-d2e1-4de6-a1df-efad9f837015
        a=rtpmap:96 opus/48000/2
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 49602 typ host
        a=end-of-candidates
        a=ice-ufrag:bVgT
        a=ice-pwd:fazDZGOdUqo7wjiwWBpRmn
        a=fingerprint:sha-256 37:5D:AB:6C:3E:32:29:95:3D:F1:A9:B3:CE:5C:DC:8A:48:55:3C:12:A0:15:0F:FC:0A:82:3A:E4:71:40:34:38
        a=fingerprint:sha-384 2F:ED:0D:B7:B6:EF:67:AD:54:42:A0:50:37:58:35:82:40:22:A9:3F:A9:3B:9A:06:D7:4C:3A:4A:DF:C2:33:D5:F9:A5:CA:20:A0:AA:B2:BC:C3:7E:8D:09:A7:5A:5F:FE
        a=fingerprint:sha-512 E3:B7:53:A1:D0:33:32:88:3C:34:05:70:F1:79:AC:83:03:80:C8:17:3C:EE:9D:9B:E0:FD:43:5B:FF:86:5C:85:9D:B3:34:5B:B4:2D:AC:87:49:7B:7A:DE:79:03:B7:99:76:B5:56:00:72:E9:9B:71:57:01:A0:88:93:B1:A3:67
        a=setup:actpass
        m=video 44590 UDP/TLS/RTP/SAVPF 97 98 99 100 101 102
        c=IN IP4 127.0.0.1
        a=sendrecv
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:1
        a=msid:4db95099-1b55-4830-8ac7-203a85dd77ec 8a6337cb-d5cf-4f52-b530-2d8b77d0f85e
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 820590103 1846543224
        a=ssrc:820590103 cname:8dbd8eba-d2e1-4de6-a1df-efad9f837015
        a=ssrc:1846543224 cname:8dbd8eba-d2e1-4de6-a1df-efad9f837015
        a=rtpmap:97 VP8/90000
        a=rtcp-fb:97 nack
        a=rtcp-fb:97 nack pli
        a=rtcp-fb:97 goog-remb
        a=rtpmap:98 rtx/90000
        a=fmtp:98 apt=97
        a=rtpmap:99 H264/90000
        a=rtcp-fb:99 nack
        a=rtcp-fb:99 nack pli
        a=rtcp-fb:99 goog-remb
        a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:100 rtx/90000
        a=fmtp:100 apt=99
        a=rtpmap:101 H264/90000
        a=rtcp-fb:101 nack
        a=rtcp-fb:101 nack pli
        a=rtcp-fb:101 goog-remb
        a=fmtp:101 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:102 rtx/90000
        a=fmtp:102 apt=101
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 44590 typ host
        a=end-of-candidates
        a=ice-ufrag:bVgT
        a=ice-pwd:fazDZGOdUqo7wjiwWBpRmn
        a=fingerprint:sha-256 37:5D:AB:6C:3E:32:29:95:3D:F1:A9:B3:CE:5C:DC:8A:48:55:3C:12:A0:15:0F:FC:0A:82:3A:E4:71:40:34:38
        a=fingerprint:sha-384 2F:ED:0D:B7:B6:EF:67:AD:54:42:A0:50:37:58:35:82:40:22:A9:3F:A9:3B:9A:06:D7:4C:3A:4A:DF:C2:33:D5:F9:A5:CA:20:A0:AA:B2:BC:C3:7E:8D:09:A7:5A:5F:FE
        a=fingerprint:sha-512 E3:B7:53:A1:D0:33:32:88:3C:34:05:70:F1:79:AC:83:03:80:C8:17:3C:EE:9D:9B:E0:FD:43:5B:FF:86:5C:85:9D:B3:34:5B:B4:2D:AC:87:49:7B:7A:DE:79:03:B7:99:76:B5:56:00:72:E9:9B:71:57:01:A0:88:93:B1:A3:67
        a=setup:actpass
        m=application 42976 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 127.0.0.1
        a=mid:2
        a=sctp-port:5000
        a=max-message-size:262144
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 42976 typ host
        a=end-of-candidates
        a=ice-ufrag:bVgT
        a=ice-pwd:fazDZGOdUqo7wjiwWBpRmn
        a=fingerprint:sha-256 37:5D:AB:6C:3E:32:29:95:3D:F1:A9:B3:CE:5C:DC:8A:48:55:3C:12:A0:15:0F:FC:0A:82:3A:E4:71:40:34:38
        a=fingerprint:sha-384 2F:ED:0D:B7:B6:EF:67:AD:54:42:A0:50:37:58:35:82:40:22:A9:3F:A9:3B:9A:06:D7:4C:3A:4A:DF:C2:33:D5:F9:A5:CA:20:A0:AA:B2:BC:C3:7E:8D:09:A7:5A:5F:FE
        a=fingerprint:sha-512 E3:B7:53:A1:D0:33:32:88:3C:34:05:70:F1:79:AC:83:03:80:C8:17:3C:EE:9D:9B:E0:FD:43:5B:FF:86:5C:85:9D:B3:34:5B:B4:2D:AC:87:49:7B:7A:DE:79:03:B7:99:76:B5:56:00:72:E9:9B:71:57:01:A0:88:93:B1:A3:67
        a=setup:actpass

        """

    static let aiortcRecvonly = """
        v=0
        o=- 4004234477 4004234477 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=msid-semantic:WMS *
        m=audio 53842 UDP/TLS/RTP/SAVPF 96 9 0 8
        c=IN IP4 127.0.0.1
        a=recvonly
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=mid:0
        a=msid:06c5f28c-936a-494c-894e-6ba6f95a4092 2da417e6-235a-4a07-b23b-c210bd99021b
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc:508277405 cname:b059922f-4827-4b3a-b9be-f45ff46dd36a
        a=rtpmap:96 opus/48000/2
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 53842 typ host
        a=end-of-candidates
        a=ice-ufrag:dvQB
        a=ice-pwd:rspetY7Q8lcVtM0piwoq0w
        a=fingerprint:sha-256 6F:69:03:30:AA:0B:9A:7D:73:57:9E:D6:6A:B0:95:17:65:56:E1:5A:F6:E5:47:22:EE:7E:9E:36:1A:A9:61:88
        a=fingerprint:sha-384 16:EB:B0:44:B5:02:73:45:50:8F:37:AD:33:C0:81:86:AA:64:EF:3D:24:E4:02:44:3E:A9:99:9D:77:B3:72:41:D4:CD:A1:6B:F2:B3:AA:B9:30:DC:72:6E:96:20:C2:5F
        a=fingerprint:sha-512 8F:46:72:86:FF:79:17:77:65:96:4A:A9:A5:10:4A:4A:D9:2F:31:3E:42:1C:97:15:75:2F:3C:99:61:63:AF:7A:7F:BA:46:BC:A8:FB:4E:58:F9:75:AF:53:B4:C6:BB:15:1F:3D:C6:FF:B5:53:E1:6B:E7:57:CF:11:5C:53:D2:2D
        a=setup:actpass
        m=video 52159 UDP/TLS/RTP/SAVPF 97 98 99 100 101 102
        c=IN IP4 127.0.0.1
        a=recvonly
        a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=mid:1
        a=msid:06c5f28c-936a-494c-894e-6ba6f95a4092 81cab1e4-f471-40da-af61-2e969fbcde23
        a=rtcp:9 IN IP4 0.0.0.0
        a=rtcp-mux
        a=ssrc-group:FID 14838444 4066931307
        a=ssrc:14838444 cname:b059922f-4827-4b3a-b9be-f45ff46dd36a
        a=ssrc:4066931307 cname:b059922f-4827-4b3a-b9be-f45ff46dd36a
        a=rtpmap:97 VP8/90000
        a=rtcp-fb:97 nack
        a=rtcp-fb:97 nack pli
        a=rtcp-fb:97 goog-remb
        a=rtpmap:98 rtx/90000
        a=fmtp:98 apt=97
        a=rtpmap:99 H264/90000
        a=rtcp-fb:99 nack
        a=rtcp-fb:99 nack pli
        a=rtcp-fb:99 goog-remb
        a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:100 rtx/90000
        a=fmtp:100 apt=99
        a=rtpmap:101 H264/90000
        a=rtcp-fb:101 nack
        a=rtcp-fb:101 nack pli
        a=rtcp-fb:101 goog-remb
        a=fmtp:101 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:102 rtx/90000
        a=fmtp:102 apt=101
        a=candidate:16572de626da4e5384a0ce2d0d93678a 1 udp 2130706431 127.0.0.1 52159 typ host
        a=end-of-candidates
        a=ice-ufrag:dvQB
        a=ice-pwd:rspetY7Q8lcVtM0piwoq0w
        a=fingerprint:sha-256 6F:69:03:30:AA:0B:9A:7D:73:57:9E:D6:6A:B0:95:17:65:56:E1:5A:F6:E5:47:22:EE:7E:9E:36:1A:A9:61:88
        a=fingerprint:sha-384 16:EB:B0:44:B5:02:73:45:50:8F:37:AD:33:C0:81:86:AA:64:EF:3D:24:E4:02:44:3E:A9:99:9D:77:B3:72:41:D4:CD:A1:6B:F2:B3:AA:B9:30:DC:72:6E:96:20:C2:5F
        a=fingerprint:sha-512 8F:46:72:86:FF:79:17:77:65:96:4A:A9:A5:10:4A:4A:D9:2F:31:3E:42:1C:97:15:75:2F:3C:99:61:63:AF:7A:7F:BA:46:BC:A8:FB:4E:58:F9:75:AF:53:B4:C6:BB:15:1F:3D:C6:FF:B5:53:E1:6B:E7:57:CF:11:5C:53:D2:2D
        a=setup:actpass

        """

    static let chromiumDatachannel = """
        v=0
        o=- 5843167166121814394 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0
        a=extmap-allow-mixed
        a=msid-semantic: WMS
        m=application 51687 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 127.0.0.1
        a=candidate:1488202250 1 udp 2122260223 127.0.0.1 51687 typ host generation 0 network-id 1 network-cost 50
        a=candidate:645646482 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:sx5D
        a=ice-pwd:7yZT8azSsdEOQHOvjJNmk+1j
        a=ice-options:trickle
        a=fingerprint:sha-256 20:C5:F7:A4:9F:D1:E2:5A:C1:95:1D:FA:61:AC:6B:58:CD:BC:4B:A7:01:A9:80:77:38:4E:E1:7F:52:BA:3D:9E
        a=setup:actpass
        a=mid:0
        a=sctp-port:5000
        a=max-message-size:262144

        """

    static let chromiumPublishAv1Svc = """
        v=0
        o=- 2318667311898888907 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS 690a9e8b-f198-43a0-bade-9c7bfc9ece87
        m=audio 36670 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:964088597 1 udp 2122260223 127.0.0.1 36670 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3353085825 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:z3pn
        a=ice-pwd:zbV7valh4zaLmbaDMiU7nu1M
        a=ice-options:trickle
        a=fingerprint:sha-256 35:B9:49:C6:F9:06:72:F7:F0:57:58:B8:60:40:00:04:34:76:23:E8:95:67:B5:DE:C3:A0:34:6E:6F:68:12:74
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:690a9e8b-f198-43a0-bade-9c7bfc9ece87 27e54ed4-4bb7-4f90-982d-25a53a99eb76
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=ssrc:2728049342 cname:VR3K1BATJDON5m4g
        a=ssrc:2728049342 msid:690a9e8b-f198-43a0-bade-9c7bfc9ece87 27e54ed4-4bb7-4f90-982d-25a53a99eb76
        m=video 60203 UDP/TLS/RTP/SAVPF 45 46
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:964088597 1 udp 2122260223 127.0.0.1 60203 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3353085825 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:z3pn
        a=ice-pwd:zbV7valh4zaLmbaDMiU7nu1M
        a=ice-options:trickle
        a=fingerprint:sha-256 35:B9:49:C6:F9:06:72:F7:F0:57:58:B8:60:40:00:04:34:76:23:E8:95:67:B5:DE:C3:A0:34:6E:6F:68:12:74
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:690a9e8b-f198-43a0-bade-9c7bfc9ece87 16b7a01d-178b-4ece-a342-21a900886ad5
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:45 AV1/90000
        a=rtcp-fb:45 goog-remb
        a=rtcp-fb:45 transport-cc
        a=rtcp-fb:45 ccm fir
        a=rtcp-fb:45 nack
        a=rtcp-fb:45 nack pli
        a=fmtp:45 level-idx=5;profile=0;tier=0
        a=rtpmap:46 rtx/90000
        a=fmtp:46 apt=45
        a=ssrc-group:FID 4105056761 1488739684
        a=ssrc:4105056761 cname:VR3K1BATJDON5m4g
        a=ssrc:4105056761 msid:690a9e8b-f198-43a0-bade-9c7bfc9ece87 16b7a01d-178b-4ece-a342-21a900886ad5
        a=ssrc:1488739684 cname:VR3K1BATJDON5m4g
        a=ssrc:1488739684 msid:690a9e8b-f198-43a0-bade-9c7bfc9ece87 16b7a01d-178b-4ece-a342-21a900886ad5

        """

    static let chromiumPublishVp8Simulcast = """
        v=0
        o=- 1484393893934241175 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS 0ca4ac63-b082-450c-8600-c0858701a381
        m=audio 53568 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:3143841505 1 udp 2122260223 127.0.0.1 53568 typ host generation 0 network-id 1 network-cost 50
        a=candidate:1170858613 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:Jqj9
        a=ice-pwd:1uTrCrz0PsyJMB02+FeeLp5P
        a=ice-options:trickle
        a=fingerprint:sha-256 C6:76:B2:85:5C:C5:FC:60:19:7C:60:73:AF:31:C5:70:9F:A3:B3:28:AB:B0:16:09:43:CB:BA:DB:E0:E1:69:CB
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:0ca4ac63-b082-450c-8600-c0858701a381 844d43d8-3604-456d-a812-bd5a86da4c76
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=ssrc:2189785968 cname:DeA49aCcJlwEETFS
        a=ssrc:2189785968 msid:0ca4ac63-b082-450c-8600-c0858701a381 844d43d8-3604-456d-a812-bd5a86da4c76
        m=video 49166 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101 118 119 120
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:3143841505 1 udp 2122260223 127.0.0.1 49166 typ host generation 0 network-id 1 network-cost 50
        a=candidate:1170858613 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:Jqj9
        a=ice-pwd:1uTrCrz0PsyJMB02+FeeLp5P
        a=ice-options:trickle
        a=fingerprint:sha-256 C6:76:B2:85:5C:C5:FC:60:19:7C:60:73:AF:31:C5:70:9F:A3:B3:28:AB:B0:16:09:43:CB:BA:DB:E0:E1:69:CB
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:0ca4ac63-b082-450c-8600-c0858701a381 3aeb2dbc-bcb4-4a66-94ee-fa1232b727e0
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 goog-remb
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 goog-remb
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=104
        a=rtpmap:108 H264/90000
        a=rtcp-fb:108 goog-remb
        a=rtcp-fb:108 transport-cc
        a=rtcp-fb:108 ccm fir
        a=rtcp-fb:108 nack
        a=rtcp-fb:108 nack pli
        a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:109 rtx/90000
        a=fmtp:109 apt=108
        a=rtpmap:114 H264/90000
        a=rtcp-fb:114 goog-remb
        a=rtcp-fb:114 transport-cc
        a=rtcp-fb:114 ccm fir
        a=rtcp-fb:114 nack
        a=rtcp-fb:114 nack pli
        a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
        a=rtpmap:115 rtx/90000
        a=fmtp:115 apt=114
        a=rtpmap:116 H264/90000
        a=rtcp-fb:116 goog-remb
        a=rtcp-fb:116 transport-cc
        a=rtcp-fb:116 ccm fir
        a=rtcp-fb:116 nack
        a=rtcp-fb:116 nack pli
        a=fmtp:116 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:117 rtx/90000
        a=fmtp:117 apt=116
        a=rtpmap:39 H264/90000
        a=rtcp-fb:39 goog-remb
        a=rtcp-fb:39 transport-cc
        a=rtcp-fb:39 ccm fir
        a=rtcp-fb:39 nack
        a=rtcp-fb:39 nack pli
        a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
        a=rtpmap:40 rtx/90000
        a=fmtp:40 apt=39
        a=rtpmap:45 AV1/90000
        a=rtcp-fb:45 goog-remb
        a=rtcp-fb:45 transport-cc
        a=rtcp-fb:45 ccm fir
        a=rtcp-fb:45 nack
        a=rtcp-fb:45 nack pli
        a=fmtp:45 level-idx=5;profile=0;tier=0
        a=rtpmap:46 rtx/90000
        a=fmtp:46 apt=45
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 goog-remb
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 goog-remb
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rtpmap:118 red/90000
        a=rtpmap:119 rtx/90000
        a=fmtp:119 apt=118
        a=rtpmap:120 ulpfec/90000
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f

        """

    static let chromiumPublishVp9Simulcast = """
        v=0
        o=- 8562187759304641467 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS bff5d8e5-8e11-4b18-a17d-ee080b482baf
        m=audio 55323 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:798017268 1 udp 2122260223 127.0.0.1 55323 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3510243936 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:CIZt
        a=ice-pwd:6+MZEIAHcGRfGhc7zQkX+mFh
        a=ice-options:trickle
        a=fingerprint:sha-256 00:C2:F4:75:27:C0:D0:C2:1D:3C:54:45:4E:70:69:74:31:46:FF:9F:B0:A8:E0:1F:0E:28:40:10:68:80:B5:2E
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:bff5d8e5-8e11-4b18-a17d-ee080b482baf e1b8516b-22b3-45cc-8d47-e34830ad39ef
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=ssrc:2598731557 cname:4mPTbQInr83FHDAa
        a=ssrc:2598731557 msid:bff5d8e5-8e11-4b18-a17d-ee080b482baf e1b8516b-22b3-45cc-8d47-e34830ad39ef
        m=video 49077 UDP/TLS/RTP/SAVPF 98 99 100 101
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:798017268 1 udp 2122260223 127.0.0.1 49077 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3510243936 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:CIZt
        a=ice-pwd:6+MZEIAHcGRfGhc7zQkX+mFh
        a=ice-options:trickle
        a=fingerprint:sha-256 00:C2:F4:75:27:C0:D0:C2:1D:3C:54:45:4E:70:69:74:31:46:FF:9F:B0:A8:E0:1F:0E:28:40:10:68:80:B5:2E
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:bff5d8e5-8e11-4b18-a17d-ee080b482baf 189735c0-4884-4c3c-a31a-6bde524ed4b8
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 goog-remb
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 goog-remb
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f

        """

    static let chromiumPublishVp9Svc = """
        v=0
        o=- 6310805585962730094 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS e339ba31-6085-431e-8b67-619ff728d63d
        m=audio 48390 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:146097327 1 udp 2122260223 127.0.0.1 48390 typ host generation 0 network-id 1 network-cost 50
        a=candidate:4129263675 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:qKTA
        a=ice-pwd:W1IS7j0iipJcn+gAdYGNH2iv
        a=ice-options:trickle
        a=fingerprint:sha-256 A9:CF:0E:02:EC:84:F6:33:7B:B9:51:75:1D:0F:33:70:CF:F5:35:1D:71:87:0E:55:9A:97:00:6E:65:E5:E0:26
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:e339ba31-6085-431e-8b67-619ff728d63d baa12798-584b-4d76-972a-0a34e80cd757
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=ssrc:568757769 cname:NYO7U/Wuev0/nn58
        a=ssrc:568757769 msid:e339ba31-6085-431e-8b67-619ff728d63d baa12798-584b-4d76-972a-0a34e80cd757
        m=video 46862 UDP/TLS/RTP/SAVPF 98 99 100 101
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:146097327 1 udp 2122260223 127.0.0.1 46862 typ host generation 0 network-id 1 network-cost 50
        a=candidate:4129263675 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:qKTA
        a=ice-pwd:W1IS7j0iipJcn+gAdYGNH2iv
        a=ice-options:trickle
        a=fingerprint:sha-256 A9:CF:0E:02:EC:84:F6:33:7B:B9:51:75:1D:0F:33:70:CF:F5:35:1D:71:87:0E:55:9A:97:00:6E:65:E5:E0:26
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:e339ba31-6085-431e-8b67-619ff728d63d 67517a05-c13f-40ac-ae18-3d01514ad704
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 goog-remb
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 goog-remb
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=ssrc-group:FID 3283084529 3761398757
        a=ssrc:3283084529 cname:NYO7U/Wuev0/nn58
        a=ssrc:3283084529 msid:e339ba31-6085-431e-8b67-619ff728d63d 67517a05-c13f-40ac-ae18-3d01514ad704
        a=ssrc:3761398757 cname:NYO7U/Wuev0/nn58
        a=ssrc:3761398757 msid:e339ba31-6085-431e-8b67-619ff728d63d 67517a05-c13f-40ac-ae18-3d01514ad704

        """

    static let chromiumRecvonly = """
        v=0
        o=- 7435615403827588542 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS
        m=audio 41391 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:422006253 1 udp 2122260223 127.0.0.1 41391 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3884816761 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:0g5a
        a=ice-pwd:ncv3LDiWWcxvUkdj/S8pBeVz
        a=ice-options:trickle
        a=fingerprint:sha-256 71:AB:09:30:F3:0F:5E:6A:30:F1:D4:34:39:3E:1C:42:A4:C3:47:DE:67:E8:AF:C4:F3:B3:FB:D6:81:AF:76:80
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        m=video 46794 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 35 36 37 38 102 103 104 107 108 109 114 115 116 117 39 40 41 42 43 44 45 46 47 48 118 119 120 49
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:422006253 1 udp 2122260223 127.0.0.1 46794 typ host generation 0 network-id 1 network-cost 50
        a=candidate:3884816761 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active generation 0 network-id 1 network-cost 50
        a=ice-ufrag:0g5a
        a=ice-pwd:ncv3LDiWWcxvUkdj/S8pBeVz
        a=ice-options:trickle
        a=fingerprint:sha-256 71:AB:09:30:F3:0F:5E:6A:30:F1:D4:34:39:3E:1C:42:A4:C3:47:DE:67:E8:AF:C4:F3:B3:FB:D6:81:AF:76:80
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 goog-remb
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 goog-remb
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rtpmap:35 VP9/90000
        a=rtcp-fb:35 goog-remb
        a=rtcp-fb:35 transport-cc
        a=rtcp-fb:35 ccm fir
        a=rtcp-fb:35 nack
        a=rtcp-fb:35 nack pli
        a=fmtp:35 profile-id=1
        a=rtpmap:36 rtx/90000
        a=fmtp:36 apt=35
        a=rtpmap:37 VP9/90000
        a=rtcp-fb:37 goog-remb
        a=rtcp-fb:37 transport-cc
        a=rtcp-fb:37 ccm fir
        a=rtcp-fb:37 nack
        a=rtcp-fb:37 nack pli
        a=fmtp:37 profile-id=3
        a=rtpmap:38 rtx/90000
        a=fmtp:38 apt=37
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 goog-remb
        a=rtcp-fb:102 transport-cc
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=rtcp-fb:104 goog-remb
        a=rtcp-fb:104 transport-cc
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack
        a=rtcp-fb:104 nack pli
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
        a=rtpmap:107 rtx/90000
        a=fmtp:107 apt=104
        a=rtpmap:108 H264/90000
        a=rtcp-fb:108 goog-remb
        a=rtcp-fb:108 transport-cc
        a=rtcp-fb:108 ccm fir
        a=rtcp-fb:108 nack
        a=rtcp-fb:108 nack pli
        a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtpmap:109 rtx/90000
        a=fmtp:109 apt=108
        a=rtpmap:114 H264/90000
        a=rtcp-fb:114 goog-remb
        a=rtcp-fb:114 transport-cc
        a=rtcp-fb:114 ccm fir
        a=rtcp-fb:114 nack
        a=rtcp-fb:114 nack pli
        a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
        a=rtpmap:115 rtx/90000
        a=fmtp:115 apt=114
        a=rtpmap:116 H264/90000
        a=rtcp-fb:116 goog-remb
        a=rtcp-fb:116 transport-cc
        a=rtcp-fb:116 ccm fir
        a=rtcp-fb:116 nack
        a=rtcp-fb:116 nack pli
        a=fmtp:116 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
        a=rtpmap:117 rtx/90000
        a=fmtp:117 apt=116
        a=rtpmap:39 H264/90000
        a=rtcp-fb:39 goog-remb
        a=rtcp-fb:39 transport-cc
        a=rtcp-fb:39 ccm fir
        a=rtcp-fb:39 nack
        a=rtcp-fb:39 nack pli
        a=fmtp:39 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
        a=rtpmap:40 rtx/90000
        a=fmtp:40 apt=39
        a=rtpmap:41 H264/90000
        a=rtcp-fb:41 goog-remb
        a=rtcp-fb:41 transport-cc
        a=rtcp-fb:41 ccm fir
        a=rtcp-fb:41 nack
        a=rtcp-fb:41 nack pli
        a=fmtp:41 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=f4001f
        a=rtpmap:42 rtx/90000
        a=fmtp:42 apt=41
        a=rtpmap:43 H264/90000
        a=rtcp-fb:43 goog-remb
        a=rtcp-fb:43 transport-cc
        a=rtcp-fb:43 ccm fir
        a=rtcp-fb:43 nack
        a=rtcp-fb:43 nack pli
        a=fmtp:43 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=f4001f
        a=rtpmap:44 rtx/90000
        a=fmtp:44 apt=43
        a=rtpmap:45 AV1/90000
        a=rtcp-fb:45 goog-remb
        a=rtcp-fb:45 transport-cc
        a=rtcp-fb:45 ccm fir
        a=rtcp-fb:45 nack
        a=rtcp-fb:45 nack pli
        a=fmtp:45 level-idx=5;profile=0;tier=0
        a=rtpmap:46 rtx/90000
        a=fmtp:46 apt=45
        a=rtpmap:47 AV1/90000
        a=rtcp-fb:47 goog-remb
        a=rtcp-fb:47 transport-cc
        a=rtcp-fb:47 ccm fir
        a=rtcp-fb:47 nack
        a=rtcp-fb:47 nack pli
        a=fmtp:47 level-idx=5;profile=1;tier=0
        a=rtpmap:48 rtx/90000
        a=fmtp:48 apt=47
        a=rtpmap:118 red/90000
        a=rtpmap:119 rtx/90000
        a=fmtp:119 apt=118
        a=rtpmap:120 ulpfec/90000
        a=rtpmap:49 flexfec-03/90000
        a=rtcp-fb:49 goog-remb
        a=rtcp-fb:49 transport-cc
        a=fmtp:49 repair-window=10000000

        """

    static let serverAnswerToChromiumPublish = """
        v=0
        o=- 6050175702624676819 1795245071 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 CA:3E:B7:30:68:1B:F3:74:A1:AB:E3:52:5B:5D:24:D7:7A:51:8A:B6:3E:C7:C8:8C:13:94:4B:4B:B3:B3:A4:3C
        a=ice-lite
        a=extmap-allow-mixed
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:0
        a=ice-ufrag:HkYLRdVWFooDrsAF
        a=ice-pwd:gHZhAiDWjsxqVegXWOuocfjodxmnsZxs
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtcp-fb:111 transport-cc 
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=recvonly
        a=candidate:2878742611 1 udp 2130706431 127.0.0.1 7000 typ host
        a=candidate:2878742611 2 udp 2130706431 127.0.0.1 7000 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 108 109 114 98 99 120
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:1
        a=ice-ufrag:HkYLRdVWFooDrsAF
        a=ice-pwd:gHZhAiDWjsxqVegXWOuocfjodxmnsZxs
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb 
        a=rtcp-fb:96 transport-cc 
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack 
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtcp-fb:102 goog-remb 
        a=rtcp-fb:102 transport-cc 
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack 
        a=rtcp-fb:102 nack pli
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
        a=rtcp-fb:104 goog-remb 
        a=rtcp-fb:104 transport-cc 
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack 
        a=rtcp-fb:104 nack pli
        a=rtpmap:108 H264/90000
        a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtcp-fb:108 goog-remb 
        a=rtcp-fb:108 transport-cc 
        a=rtcp-fb:108 ccm fir
        a=rtcp-fb:108 nack 
        a=rtcp-fb:108 nack pli
        a=rtpmap:109 rtx/90000
        a=fmtp:109 apt=108
        a=rtpmap:114 H264/90000
        a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
        a=rtcp-fb:114 goog-remb 
        a=rtcp-fb:114 transport-cc 
        a=rtcp-fb:114 ccm fir
        a=rtcp-fb:114 nack 
        a=rtcp-fb:114 nack pli
        a=rtpmap:98 VP9/90000
        a=fmtp:98 profile-id=0
        a=rtcp-fb:98 goog-remb 
        a=rtcp-fb:98 transport-cc 
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack 
        a=rtcp-fb:98 nack pli
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:120 ulpfec/90000
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=rid:q recv
        a=rid:h recv
        a=rid:f recv
        a=simulcast:recv q;h;f
        a=recvonly

        """

    static let serverAnswerToChromiumSubscribe = """
        v=0
        o=- 8191223741980957945 1795245072 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 68:2E:00:43:0B:AD:67:B3:89:F4:EF:EC:77:AC:9B:21:22:93:38:FE:6C:2E:85:34:64:D2:1B:34:24:FD:AD:AA
        a=ice-lite
        a=extmap-allow-mixed
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:0
        a=ice-ufrag:xhcQTToFuOQFvxob
        a=ice-pwd:UYymmukCMXpEOrbAaPCKonWygUkUnomw
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:111 opus/48000/2
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtcp-fb:111 transport-cc 
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=ssrc:1144140566 cname:sfu
        a=ssrc:1144140566 msid:sfu audio
        a=ssrc:1144140566 mslabel:sfu
        a=ssrc:1144140566 label:audio
        a=msid:sfu audio
        a=sendonly
        a=candidate:2878742611 1 udp 2130706431 127.0.0.1 7000 typ host
        a=candidate:2878742611 2 udp 2130706431 127.0.0.1 7000 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 35 102 103 104 108 109 114 120
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:1
        a=ice-ufrag:xhcQTToFuOQFvxob
        a=ice-pwd:UYymmukCMXpEOrbAaPCKonWygUkUnomw
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb 
        a=rtcp-fb:96 transport-cc 
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack 
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=fmtp:98 profile-id=0
        a=rtcp-fb:98 goog-remb 
        a=rtcp-fb:98 transport-cc 
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack 
        a=rtcp-fb:98 nack pli
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:35 VP9/90000
        a=fmtp:35 profile-id=1
        a=rtcp-fb:35 goog-remb 
        a=rtcp-fb:35 transport-cc 
        a=rtcp-fb:35 ccm fir
        a=rtcp-fb:35 nack 
        a=rtcp-fb:35 nack pli
        a=rtpmap:102 H264/90000
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtcp-fb:102 goog-remb 
        a=rtcp-fb:102 transport-cc 
        a=rtcp-fb:102 ccm fir
        a=rtcp-fb:102 nack 
        a=rtcp-fb:102 nack pli
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 H264/90000
        a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
        a=rtcp-fb:104 goog-remb 
        a=rtcp-fb:104 transport-cc 
        a=rtcp-fb:104 ccm fir
        a=rtcp-fb:104 nack 
        a=rtcp-fb:104 nack pli
        a=rtpmap:108 H264/90000
        a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
        a=rtcp-fb:108 goog-remb 
        a=rtcp-fb:108 transport-cc 
        a=rtcp-fb:108 ccm fir
        a=rtcp-fb:108 nack 
        a=rtcp-fb:108 nack pli
        a=rtpmap:109 rtx/90000
        a=fmtp:109 apt=108
        a=rtpmap:114 H264/90000
        a=fmtp:114 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
        a=rtcp-fb:114 goog-remb 
        a=rtcp-fb:114 transport-cc 
        a=rtcp-fb:114 ccm fir
        a=rtcp-fb:114 nack 
        a=rtcp-fb:114 nack pli
        a=rtpmap:120 ulpfec/90000
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=ssrc:1815126307 cname:sfu
        a=ssrc:1815126307 msid:sfu video
        a=ssrc:1815126307 mslabel:sfu
        a=ssrc:1815126307 label:video
        a=msid:sfu video
        a=sendonly

        """

    static let firefoxDatachannel = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 8768350223797794041 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=fingerprint:sha-256 23:C3:4B:A9:AC:7C:44:5C:6C:72:D9:F5:A9:DF:0C:B9:C8:08:8A:EE:CE:6F:9C:E8:5E:12:3C:24:96:82:08:70
        a=group:BUNDLE 0
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=application 33244 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 33244 typ host
        a=candidate:1 1 UDP 2122252543 ::1 48620 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=sendrecv
        a=end-of-candidates
        a=ice-pwd:20f677a9de07c5239ee5d2e5552e41aa
        a=ice-ufrag:3c11686e
        a=mid:0
        a=setup:actpass
        a=sctp-port:5000
        a=max-message-size:1073741823

        """

    static let firefoxPublishVp8Simulcast = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 4263968963325344425 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=fingerprint:sha-256 42:1E:0C:11:FC:03:40:D4:26:67:1B:A0:51:A0:3C:CB:3D:08:A3:40:95:E8:9D:0D:DF:FD:8C:7E:0A:74:FB:74
        a=group:BUNDLE 0 1
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 34901 UDP/TLS/RTP/SAVPF 109 9 0 8 101
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 34901 typ host
        a=candidate:1 1 UDP 2122252543 ::1 57486 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 51210 typ host
        a=candidate:1 2 UDP 2122252542 ::1 41401 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=sendonly
        a=end-of-candidates
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=fmtp:101 0-15
        a=ice-pwd:1d3ef1368d8342bd78cee25962113460
        a=ice-ufrag:d700734c
        a=mid:0
        a=msid:{cccb6d84-4a6a-4c5f-b2b1-2d40b7eb65e2} {0b3fcc61-5d79-4299-aa94-dc67fb7d5de9}
        a=rtcp:51210 IN IP4 127.0.0.1
        a=rtcp-fb:109 transport-cc
        a=rtcp-fb:9 transport-cc
        a=rtcp-fb:0 transport-cc
        a=rtcp-fb:8 transport-cc
        a=rtcp-mux
        a=rtpmap:109 opus/48000/2
        a=rtpmap:9 G722/8000/1
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=setup:actpass
        a=ssrc:3581982887 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        m=video 53236 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 53236 typ host
        a=candidate:1 1 UDP 2122252543 ::1 52712 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 35832 typ host
        a=candidate:1 2 UDP 2122252542 ::1 50632 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=sendonly
        a=end-of-candidates
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:8/sendonly https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap-allow-mixed
        a=fmtp:120 max-fs=12288;max-fr=60
        a=fmtp:124 apt=120
        a=fmtp:121 max-fs=12288;max-fr=60
        a=fmtp:125 apt=121
        a=fmtp:100 apt=99
        a=fmtp:119 apt=122
        a=ice-pwd:1d3ef1368d8342bd78cee25962113460
        a=ice-ufrag:d700734c
        a=mid:1
        a=msid:{cccb6d84-4a6a-4c5f-b2b1-2d40b7eb65e2} {c4d11fb3-9a8d-4acd-8dbd-14dc8280b982}
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=rtcp:35832 IN IP4 127.0.0.1
        a=rtcp-fb:120 nack
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb
        a=rtcp-fb:120 transport-cc
        a=rtcp-fb:121 nack
        a=rtcp-fb:121 nack pli
        a=rtcp-fb:121 ccm fir
        a=rtcp-fb:121 goog-remb
        a=rtcp-fb:121 transport-cc
        a=rtcp-fb:99 nack
        a=rtcp-fb:99 nack pli
        a=rtcp-fb:99 ccm fir
        a=rtcp-fb:99 goog-remb
        a=rtcp-fb:99 transport-cc
        a=rtcp-fb:123 nack
        a=rtcp-fb:123 nack pli
        a=rtcp-fb:123 ccm fir
        a=rtcp-fb:123 goog-remb
        a=rtcp-fb:123 transport-cc
        a=rtcp-fb:122 nack
        a=rtcp-fb:122 nack pli
        a=rtcp-fb:122 ccm fir
        a=rtcp-fb:122 goog-remb
        a=rtcp-fb:122 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=rtpmap:124 rtx/90000
        a=rtpmap:121 VP9/90000
        a=rtpmap:125 rtx/90000
        a=rtpmap:99 AV1/90000
        a=rtpmap:100 rtx/90000
        a=rtpmap:123 ulpfec/90000
        a=rtpmap:122 red/90000
        a=rtpmap:119 rtx/90000
        a=setup:actpass
        a=simulcast:send q;h;f
        a=ssrc:3205465476 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc:3466820125 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc:865348943 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc:1617878034 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc:1033248272 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc:3986944568 cname:{72ac8ec7-a6b2-4392-8242-ba82a7f4a43a}
        a=ssrc-group:FID 3205465476 3466820125
        a=ssrc-group:FID 865348943 1617878034
        a=ssrc-group:FID 1033248272 3986944568

        """

    static let firefoxPublishVp9Svc = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 289732598180161827 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=fingerprint:sha-256 45:D0:54:34:AE:9A:BA:7A:AD:42:62:B2:73:CB:D2:6B:0E:16:80:9A:08:A0:93:12:92:F2:1A:CD:AB:43:A8:1F
        a=group:BUNDLE 0 1
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 46851 UDP/TLS/RTP/SAVPF 109 9 0 8 101
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 46851 typ host
        a=candidate:1 1 UDP 2122252543 ::1 60299 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 42418 typ host
        a=candidate:1 2 UDP 2122252542 ::1 56821 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=sendonly
        a=end-of-candidates
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=fmtp:101 0-15
        a=ice-pwd:f833edcbfd2d6709db93d5a821cee0ff
        a=ice-ufrag:51976ec7
        a=mid:0
        a=msid:{e62876e7-51f0-40cc-a800-51ccd9f7191c} {a156fb33-f709-4c76-8431-82be76ad8dec}
        a=rtcp:42418 IN IP4 127.0.0.1
        a=rtcp-fb:109 transport-cc
        a=rtcp-fb:9 transport-cc
        a=rtcp-fb:0 transport-cc
        a=rtcp-fb:8 transport-cc
        a=rtcp-mux
        a=rtpmap:109 opus/48000/2
        a=rtpmap:9 G722/8000/1
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=setup:actpass
        a=ssrc:4059205355 cname:{22e2bd28-9f26-4192-b871-61dc4fa064dc}
        m=video 50934 UDP/TLS/RTP/SAVPF 121 125
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 50934 typ host
        a=candidate:1 1 UDP 2122252543 ::1 45195 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 37197 typ host
        a=candidate:1 2 UDP 2122252542 ::1 58980 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=sendonly
        a=end-of-candidates
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:121 max-fs=12288;max-fr=60
        a=fmtp:125 apt=121
        a=ice-pwd:f833edcbfd2d6709db93d5a821cee0ff
        a=ice-ufrag:51976ec7
        a=mid:1
        a=msid:{e62876e7-51f0-40cc-a800-51ccd9f7191c} {2d295850-f991-4100-9f38-8c7c72957a59}
        a=rtcp:37197 IN IP4 127.0.0.1
        a=rtcp-fb:120 nack
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb
        a=rtcp-fb:120 transport-cc
        a=rtcp-fb:121 nack
        a=rtcp-fb:121 nack pli
        a=rtcp-fb:121 ccm fir
        a=rtcp-fb:121 goog-remb
        a=rtcp-fb:121 transport-cc
        a=rtcp-fb:99 nack
        a=rtcp-fb:99 nack pli
        a=rtcp-fb:99 ccm fir
        a=rtcp-fb:99 goog-remb
        a=rtcp-fb:99 transport-cc
        a=rtcp-fb:123 nack
        a=rtcp-fb:123 nack pli
        a=rtcp-fb:123 ccm fir
        a=rtcp-fb:123 goog-remb
        a=rtcp-fb:123 transport-cc
        a=rtcp-fb:122 nack
        a=rtcp-fb:122 nack pli
        a=rtcp-fb:122 ccm fir
        a=rtcp-fb:122 goog-remb
        a=rtcp-fb:122 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:121 VP9/90000
        a=rtpmap:125 rtx/90000
        a=setup:actpass
        a=ssrc:3160769776 cname:{22e2bd28-9f26-4192-b871-61dc4fa064dc}
        a=ssrc:2476846073 cname:{22e2bd28-9f26-4192-b871-61dc4fa064dc}
        a=ssrc-group:FID 3160769776 2476846073

        """

    static let firefoxRecvonly = """
        v=0
        o=mozilla...THIS_IS_SDPARTA-99.0 3675455930118534932 0 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=sendrecv
        a=fingerprint:sha-256 77:8A:28:51:7B:91:A1:E5:AB:81:F7:7F:51:43:FD:18:C8:BD:1B:49:A4:73:2F:6A:2C:19:A7:B8:E6:EE:88:A7
        a=group:BUNDLE 0 1
        a=ice-options:trickle
        a=msid-semantic:WMS *
        m=audio 34465 UDP/TLS/RTP/SAVPF 109 9 0 8 101
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 34465 typ host
        a=candidate:1 1 UDP 2122252543 ::1 48751 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 52717 typ host
        a=candidate:1 2 UDP 2122252542 ::1 45973 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=recvonly
        a=end-of-candidates
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=fmtp:101 0-15
        a=ice-pwd:595f12e306822fd7c4a908cc23917c94
        a=ice-ufrag:938fe4fb
        a=mid:0
        a=rtcp:52717 IN IP4 127.0.0.1
        a=rtcp-fb:109 transport-cc
        a=rtcp-fb:9 transport-cc
        a=rtcp-fb:0 transport-cc
        a=rtcp-fb:8 transport-cc
        a=rtcp-mux
        a=rtpmap:109 opus/48000/2
        a=rtpmap:9 G722/8000/1
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=setup:actpass
        a=ssrc:2277430354 cname:{bf943004-1534-4d65-993a-5f16bdbb9956}
        m=video 53270 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100 123 122 119
        c=IN IP4 127.0.0.1
        a=candidate:0 1 UDP 2122187007 127.0.0.1 53270 typ host
        a=candidate:1 1 UDP 2122252543 ::1 49323 typ host
        a=candidate:2 1 TCP 2105458943 127.0.0.1 9 typ host tcptype active
        a=candidate:3 1 TCP 2105524479 ::1 9 typ host tcptype active
        a=candidate:0 2 UDP 2122187006 127.0.0.1 37988 typ host
        a=candidate:1 2 UDP 2122252542 ::1 55203 typ host
        a=candidate:2 2 TCP 2105458942 127.0.0.1 9 typ host tcptype active
        a=candidate:3 2 TCP 2105524478 ::1 9 typ host tcptype active
        a=recvonly
        a=end-of-candidates
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:5 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap-allow-mixed
        a=fmtp:120 max-fs=12288;max-fr=60
        a=fmtp:124 apt=120
        a=fmtp:121 max-fs=12288;max-fr=60
        a=fmtp:125 apt=121
        a=fmtp:100 apt=99
        a=fmtp:119 apt=122
        a=ice-pwd:595f12e306822fd7c4a908cc23917c94
        a=ice-ufrag:938fe4fb
        a=mid:1
        a=rtcp:37988 IN IP4 127.0.0.1
        a=rtcp-fb:120 nack
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb
        a=rtcp-fb:120 transport-cc
        a=rtcp-fb:121 nack
        a=rtcp-fb:121 nack pli
        a=rtcp-fb:121 ccm fir
        a=rtcp-fb:121 goog-remb
        a=rtcp-fb:121 transport-cc
        a=rtcp-fb:99 nack
        a=rtcp-fb:99 nack pli
        a=rtcp-fb:99 ccm fir
        a=rtcp-fb:99 goog-remb
        a=rtcp-fb:99 transport-cc
        a=rtcp-fb:123 nack
        a=rtcp-fb:123 nack pli
        a=rtcp-fb:123 ccm fir
        a=rtcp-fb:123 goog-remb
        a=rtcp-fb:123 transport-cc
        a=rtcp-fb:122 nack
        a=rtcp-fb:122 nack pli
        a=rtcp-fb:122 ccm fir
        a=rtcp-fb:122 goog-remb
        a=rtcp-fb:122 transport-cc
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=rtpmap:124 rtx/90000
        a=rtpmap:121 VP9/90000
        a=rtpmap:125 rtx/90000
        a=rtpmap:99 AV1/90000
        a=rtpmap:100 rtx/90000
        a=rtpmap:123 ulpfec/90000
        a=rtpmap:122 red/90000
        a=rtpmap:119 rtx/90000
        a=setup:actpass
        a=ssrc:1819980802 cname:{bf943004-1534-4d65-993a-5f16bdbb9956}

        """

    static let serverAnswerToFirefoxPublish = """
        v=0
        o=- 3300105175810025905 1795245455 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 F9:85:8D:C0:95:85:0F:4C:D2:7B:F8:FA:C7:EB:3F:58:46:0F:BC:DD:19:16:87:EC:1D:10:0D:51:7C:0C:5A:97
        a=ice-lite
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:0
        a=ice-ufrag:tzvgKXAHOKaQREkz
        a=ice-pwd:kFGeHBNUAonCKGPGCLxQMBkVecOJhlBA
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:109 opus/48000/2
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=rtcp-fb:109 transport-cc 
        a=rtpmap:9 G722/8000/1
        a=rtcp-fb:9 transport-cc 
        a=rtpmap:0 PCMU/8000
        a=rtcp-fb:0 transport-cc 
        a=rtpmap:8 PCMA/8000
        a=rtcp-fb:8 transport-cc 
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=recvonly
        a=candidate:2878742611 1 udp 2130706431 127.0.0.1 7000 typ host
        a=candidate:2878742611 2 udp 2130706431 127.0.0.1 7000 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 120 121 123
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:1
        a=ice-ufrag:tzvgKXAHOKaQREkz
        a=ice-pwd:kFGeHBNUAonCKGPGCLxQMBkVecOJhlBA
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=fmtp:120 max-fs=12288;max-fr=60
        a=rtcp-fb:120 nack 
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb 
        a=rtcp-fb:120 transport-cc 
        a=rtpmap:121 VP9/90000
        a=fmtp:121 max-fs=12288;max-fr=60
        a=rtcp-fb:121 nack 
        a=rtcp-fb:121 nack pli
        a=rtcp-fb:121 ccm fir
        a=rtcp-fb:121 goog-remb 
        a=rtcp-fb:121 transport-cc 
        a=rtpmap:123 ulpfec/90000
        a=rtcp-fb:123 nack 
        a=rtcp-fb:123 nack pli
        a=rtcp-fb:123 ccm fir
        a=rtcp-fb:123 goog-remb 
        a=rtcp-fb:123 transport-cc 
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=rid:q recv
        a=rid:h recv
        a=rid:f recv
        a=simulcast:recv q;h;f
        a=recvonly

        """

    static let serverAnswerToFirefoxSubscribe = """
        v=0
        o=- 4827934915550717780 1795245456 IN IP4 0.0.0.0
        s=-
        t=0 0
        a=fingerprint:sha-256 FC:E8:2F:B6:48:B1:07:D7:8E:0F:DD:18:EF:2C:FA:37:93:97:30:CD:79:54:5D:ED:3F:A8:75:D7:D4:2E:02:2A
        a=ice-lite
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:0
        a=ice-ufrag:XjXYIZwCxZTSNYPL
        a=ice-pwd:NeWyiUxPfoEHkqELZCjoPjMIFHpKtzLA
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:109 opus/48000/2
        a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
        a=rtcp-fb:109 transport-cc 
        a=rtpmap:9 G722/8000/1
        a=rtcp-fb:9 transport-cc 
        a=rtpmap:0 PCMU/8000
        a=rtcp-fb:0 transport-cc 
        a=rtpmap:8 PCMA/8000
        a=rtcp-fb:8 transport-cc 
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=ssrc:2961213728 cname:sfu
        a=ssrc:2961213728 msid:sfu audio
        a=ssrc:2961213728 mslabel:sfu
        a=ssrc:2961213728 label:audio
        a=msid:sfu audio
        a=sendonly
        a=candidate:2878742611 1 udp 2130706431 127.0.0.1 7000 typ host
        a=candidate:2878742611 2 udp 2130706431 127.0.0.1 7000 typ host
        a=end-of-candidates
        m=video 9 UDP/TLS/RTP/SAVPF 120 121 123
        c=IN IP4 0.0.0.0
        a=setup:active
        a=mid:1
        a=ice-ufrag:XjXYIZwCxZTSNYPL
        a=ice-pwd:NeWyiUxPfoEHkqELZCjoPjMIFHpKtzLA
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:120 VP8/90000
        a=fmtp:120 max-fs=12288;max-fr=60
        a=rtcp-fb:120 nack 
        a=rtcp-fb:120 nack pli
        a=rtcp-fb:120 ccm fir
        a=rtcp-fb:120 goog-remb 
        a=rtcp-fb:120 transport-cc 
        a=rtpmap:121 VP9/90000
        a=fmtp:121 max-fs=12288;max-fr=60
        a=rtcp-fb:121 nack 
        a=rtcp-fb:121 nack pli
        a=rtcp-fb:121 ccm fir
        a=rtcp-fb:121 goog-remb 
        a=rtcp-fb:121 transport-cc 
        a=rtpmap:123 ulpfec/90000
        a=rtcp-fb:123 nack 
        a=rtcp-fb:123 nack pli
        a=rtcp-fb:123 ccm fir
        a=rtcp-fb:123 goog-remb 
        a=rtcp-fb:123 transport-cc 
        a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=ssrc:164367923 cname:sfu
        a=ssrc:164367923 msid:sfu video
        a=ssrc:164367923 mslabel:sfu
        a=ssrc:164367923 label:video
        a=msid:sfu video
        a=sendonly

        """

    static let wrtcPublish = """
        v=0
        o=- 3353863973350224759 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=cryptex
        a=msid-semantic: WMS
        m=audio 58811 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:3659961112 1 udp 2122194687 127.0.0.1 58811 typ host generation 0 network-id 1
        a=candidate:3406463376 1 udp 2122267903 ::1 59154 typ host generation 0 network-id 2
        a=candidate:613173132 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 network-id 1
        a=candidate:899699972 1 tcp 1518288127 ::1 9 typ host tcptype active generation 0 network-id 2
        a=ice-ufrag:kIxb
        a=ice-pwd:5/vCGGmJbZtz8GUrXEQoiVRc
        a=ice-options:trickle
        a=fingerprint:sha-256 99:79:61:98:80:CE:31:C1:CE:0B:FB:8E:E1:1E:51:B8:40:F0:DA:37:0E:85:02:BD:29:99:7F:DE:33:98:6A:B7
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=msid:- fca4dcb6-d18d-437e-b265-6c93eb4df3c8
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtcp-fb:111 rrtr
        a=rtcp-fb:63 rrtr
        a=rtcp-fb:9 rrtr
        a=rtcp-fb:0 rrtr
        a=rtcp-fb:8 rrtr
        a=rtcp-fb:13 rrtr
        a=rtcp-fb:110 rrtr
        a=rtcp-fb:126 rrtr
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=ssrc:3267652369 cname:IIjWAW85RjQVSB+J
        a=ssrc:3267652369 msid:- fca4dcb6-d18d-437e-b265-6c93eb4df3c8
        a=end-of-candidates
        m=video 57155 UDP/TLS/RTP/SAVPF 96 97
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:3659961112 1 udp 2122194687 127.0.0.1 57155 typ host generation 0 network-id 1
        a=candidate:3406463376 1 udp 2122267903 ::1 59533 typ host generation 0 network-id 2
        a=candidate:613173132 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 network-id 1
        a=candidate:899699972 1 tcp 1518288127 ::1 9 typ host tcptype active generation 0 network-id 2
        a=ice-ufrag:kIxb
        a=ice-pwd:5/vCGGmJbZtz8GUrXEQoiVRc
        a=ice-options:trickle
        a=fingerprint:sha-256 99:79:61:98:80:CE:31:C1:CE:0B:FB:8E:E1:1E:51:B8:40:F0:DA:37:0E:85:02:BD:29:99:7F:DE:33:98:6A:B7
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
        a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
        a=sendonly
        a=msid:- 8a3d3edc-350f-4e28-ba64-6d256f188ef1
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtcp-fb:96 rrtr
        a=rtcp-fb:97 rrtr
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rid:q send
        a=rid:h send
        a=rid:f send
        a=simulcast:send q;h;f
        a=end-of-candidates

        """

    static let wrtcRecvonly = """
        v=0
        o=- 6727859952151022969 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=cryptex
        a=msid-semantic: WMS
        m=audio 58614 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:54861133 1 udp 2122194687 127.0.0.1 58614 typ host generation 0 network-id 1
        a=candidate:308875205 1 udp 2122267903 ::1 59958 typ host generation 0 network-id 2
        a=candidate:4260350425 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 network-id 1
        a=candidate:3972258641 1 tcp 1518288127 ::1 9 typ host tcptype active generation 0 network-id 2
        a=ice-ufrag:dNKe
        a=ice-pwd:wLs/EUq3d0/O/tnXlKrKORK4
        a=ice-options:trickle
        a=fingerprint:sha-256 71:49:91:73:0C:E9:45:0D:74:1D:AC:EC:92:24:84:F2:03:1D:D5:52:BE:F2:BD:F1:34:44:23:B0:38:B7:BE:88
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtcp-fb:111 rrtr
        a=rtcp-fb:63 rrtr
        a=rtcp-fb:9 rrtr
        a=rtcp-fb:0 rrtr
        a=rtcp-fb:8 rrtr
        a=rtcp-fb:13 rrtr
        a=rtcp-fb:110 rrtr
        a=rtcp-fb:126 rrtr
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:13 CN/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        a=end-of-candidates
        m=video 35628 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 35 36 37 38 39 40 41 42 102 103 104 43
        c=IN IP4 127.0.0.1
        a=rtcp:9 IN IP4 0.0.0.0
        a=candidate:54861133 1 udp 2122194687 127.0.0.1 35628 typ host generation 0 network-id 1
        a=candidate:308875205 1 udp 2122267903 ::1 33774 typ host generation 0 network-id 2
        a=candidate:4260350425 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 network-id 1
        a=candidate:3972258641 1 tcp 1518288127 ::1 9 typ host tcptype active generation 0 network-id 2
        a=ice-ufrag:dNKe
        a=ice-pwd:wLs/EUq3d0/O/tnXlKrKORK4
        a=ice-options:trickle
        a=fingerprint:sha-256 71:49:91:73:0C:E9:45:0D:74:1D:AC:EC:92:24:84:F2:03:1D:D5:52:BE:F2:BD:F1:34:44:23:B0:38:B7:BE:88
        a=setup:actpass
        a=mid:1
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
        a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/video-content-type
        a=extmap:7 http://www.webrtc.org/experiments/rtp-hdrext/video-timing
        a=extmap:8 http://www.webrtc.org/experiments/rtp-hdrext/color-space
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
        a=recvonly
        a=rtcp-mux
        a=rtcp-rsize
        a=rtcp-xr:rcvr-rtt=all
        a=rtcp-fb:96 rrtr
        a=rtcp-fb:97 rrtr
        a=rtcp-fb:98 rrtr
        a=rtcp-fb:99 rrtr
        a=rtcp-fb:100 rrtr
        a=rtcp-fb:101 rrtr
        a=rtcp-fb:35 rrtr
        a=rtcp-fb:36 rrtr
        a=rtcp-fb:37 rrtr
        a=rtcp-fb:38 rrtr
        a=rtcp-fb:39 rrtr
        a=rtcp-fb:40 rrtr
        a=rtcp-fb:41 rrtr
        a=rtcp-fb:42 rrtr
        a=rtcp-fb:102 rrtr
        a=rtcp-fb:103 rrtr
        a=rtcp-fb:104 rrtr
        a=rtcp-fb:43 rrtr
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:98 VP9/90000
        a=rtcp-fb:98 goog-remb
        a=rtcp-fb:98 transport-cc
        a=rtcp-fb:98 ccm fir
        a=rtcp-fb:98 nack
        a=rtcp-fb:98 nack pli
        a=fmtp:98 profile-id=0
        a=rtpmap:99 rtx/90000
        a=fmtp:99 apt=98
        a=rtpmap:100 VP9/90000
        a=rtcp-fb:100 goog-remb
        a=rtcp-fb:100 transport-cc
        a=rtcp-fb:100 ccm fir
        a=rtcp-fb:100 nack
        a=rtcp-fb:100 nack pli
        a=fmtp:100 profile-id=2
        a=rtpmap:101 rtx/90000
        a=fmtp:101 apt=100
        a=rtpmap:35 VP9/90000
        a=rtcp-fb:35 goog-remb
        a=rtcp-fb:35 transport-cc
        a=rtcp-fb:35 ccm fir
        a=rtcp-fb:35 nack
        a=rtcp-fb:35 nack pli
        a=fmtp:35 profile-id=1
        a=rtpmap:36 rtx/90000
        a=fmtp:36 apt=35
        a=rtpmap:37 VP9/90000
        a=rtcp-fb:37 goog-remb
        a=rtcp-fb:37 transport-cc
        a=rtcp-fb:37 ccm fir
        a=rtcp-fb:37 nack
        a=rtcp-fb:37 nack pli
        a=fmtp:37 profile-id=3
        a=rtpmap:38 rtx/90000
        a=fmtp:38 apt=37
        a=rtpmap:39 AV1/90000
        a=rtcp-fb:39 goog-remb
        a=rtcp-fb:39 transport-cc
        a=rtcp-fb:39 ccm fir
        a=rtcp-fb:39 nack
        a=rtcp-fb:39 nack pli
        a=fmtp:39 level-idx=5;profile=0;tier=0
        a=rtpmap:40 rtx/90000
        a=fmtp:40 apt=39
        a=rtpmap:41 AV1/90000
        a=rtcp-fb:41 goog-remb
        a=rtcp-fb:41 transport-cc
        a=rtcp-fb:41 ccm fir
        a=rtcp-fb:41 nack
        a=rtcp-fb:41 nack pli
        a=fmtp:41 level-idx=5;profile=1;tier=0
        a=rtpmap:42 rtx/90000
        a=fmtp:42 apt=41
        a=rtpmap:102 red/90000
        a=rtpmap:103 rtx/90000
        a=fmtp:103 apt=102
        a=rtpmap:104 ulpfec/90000
        a=rtpmap:43 flexfec-03/90000
        a=rtcp-fb:43 goog-remb
        a=rtcp-fb:43 transport-cc
        a=fmtp:43 repair-window=10000000
        a=end-of-candidates

        """

    /// Everything that a client offered, by name.
    static let offers: [(name: String, text: String)] = [
        ("aiortcOfferSendrecvDc", aiortcOfferSendrecvDc),
        ("aiortcRecvonly", aiortcRecvonly),
        ("chromiumDatachannel", chromiumDatachannel),
        ("chromiumPublishAv1Svc", chromiumPublishAv1Svc),
        ("chromiumPublishVp8Simulcast", chromiumPublishVp8Simulcast),
        ("chromiumPublishVp9Simulcast", chromiumPublishVp9Simulcast),
        ("chromiumPublishVp9Svc", chromiumPublishVp9Svc),
        ("chromiumRecvonly", chromiumRecvonly),
        ("firefoxDatachannel", firefoxDatachannel),
        ("firefoxPublishVp8Simulcast", firefoxPublishVp8Simulcast),
        ("firefoxPublishVp9Svc", firefoxPublishVp9Svc),
        ("firefoxRecvonly", firefoxRecvonly),
        ("wrtcPublish", wrtcPublish),
        ("wrtcRecvonly", wrtcRecvonly),
    ]

    static let answers: [(name: String, text: String)] = [
        ("serverAnswerToChromiumPublish", serverAnswerToChromiumPublish),
        ("serverAnswerToChromiumSubscribe", serverAnswerToChromiumSubscribe),
        ("serverAnswerToFirefoxPublish", serverAnswerToFirefoxPublish),
        ("serverAnswerToFirefoxSubscribe", serverAnswerToFirefoxSubscribe),
    ]

    static let all = offers + answers

    static func wire(_ text: String) -> String {
        text.utf8.split(separator: 10, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\r\n")
    }
}
