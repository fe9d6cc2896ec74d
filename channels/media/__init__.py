"""What telephone and video share: peers, forwarding of encoded frames, the µ-law bridge."""
