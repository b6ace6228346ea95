"""What stands between the spider and the network: manners, then robots.txt."""
