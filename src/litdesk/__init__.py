"""litdesk: answers from the abstracts of your papers, with a quotation behind every sentence."""
