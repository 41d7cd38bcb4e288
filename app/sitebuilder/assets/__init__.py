"""The files of a site that its pages show or lead to: pictures, documents, sound and film.

They are called `images/shop.jpg`, `documents/prices.pdf` or `media/tour.mp4`. The folder is chosen by what a file is;
its bytes are on a shelf of the account's, once, named by their hash.
"""
