<?php
/**
 * The gallery of a content.
 *
 * @package IGNY8
 */

/**
 * Decides which gallery images go where by the site's limit. Changes nothing.
 */
class IGNY8_Gallery {

	/**
	 * Images in the post.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	public $shown = array();

	/**
	 * Images in a gallery post of their own.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	public $overflow = array();

	/**
	 * Images that are left out.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	public $skipped = array();

	/**
	 * Whether the post shows a grid of them all.
	 *
	 * @var bool
	 */
	public $is_grid = false;

	/**
	 * Decides.
	 *
	 * @param array<int,array<string,mixed>> $images Images of the payload, in order.
	 * @param int                            $limit  Images in a gallery at most.
	 * @param string                         $mode   One of IGNY8_Settings::OVERFLOWS.
	 */
	public function __construct( $images, $limit, $mode ) {
		$distinct = array();
		foreach ( $images as $image ) {
			if ( 'gallery' === $image['role'] ) {
				$distinct += array( $image['sha256'] => $image );
			}
		}
		$this->shown = array_values( $distinct );
		if ( count( $this->shown ) <= $limit ) {
			return;
		}
		if ( 'inline_grid' === $mode ) {
			$this->is_grid = true;
			return;
		}
		$over        = array_slice( $this->shown, $limit );
		$this->shown = array_slice( $this->shown, 0, $limit );
		if ( 'separate_post' === $mode ) {
			$this->overflow = $over;
		} else {
			$this->skipped = $over;
		}
	}

	/**
	 * The images of a payload without those that are left out.
	 *
	 * @param array<int,array<string,mixed>> $images Images of the payload.
	 * @return array<int,array<string,mixed>>
	 */
	public function without_skipped( $images ) {
		$hashes = array_column( $this->skipped, 'sha256' );
		return array_values(
			array_filter(
				$images,
				static function ( $image ) use ( $hashes ) {
					return 'gallery' !== $image['role'] || ! in_array( $image['sha256'], $hashes, true );
				}
			)
		);
	}

	/**
	 * Images as a gallery block, as the block editor writes it.
	 *
	 * @param array<int,array<string,mixed>>    $images      Images.
	 * @param array<string,array<string,mixed>> $attachments Attachment id and URL by hash.
	 * @param bool                              $is_grid     Whether in three columns.
	 * @return string Empty without images.
	 */
	public static function block( $images, $attachments, $is_grid ) {
		if ( array() === $images ) {
			return '';
		}
		$blocks = '';
		foreach ( $images as $image ) {
			$blocks .= self::image_block( $image, $attachments[ $image['sha256'] ] );
		}
		$attributes = $is_grid ? '{"columns":3,"linkTo":"none","className":"igny8-grid"}' : '{"linkTo":"none"}';
		$classes    = $is_grid ? 'columns-3 is-cropped igny8-grid' : 'columns-default is-cropped';
		return "<!-- wp:gallery $attributes -->\n<figure class=\"wp-block-gallery has-nested-images $classes\">" . $blocks . "</figure>\n<!-- /wp:gallery -->";
	}

	/**
	 * One image of a gallery.
	 *
	 * @param array<string,mixed> $image      Image of the payload.
	 * @param array<string,mixed> $attachment Attachment id and URL.
	 * @return string
	 */
	private static function image_block( $image, $attachment ) {
		$caption = '' === $image['caption'] ? '' : '<figcaption class="wp-element-caption">' . esc_html( $image['caption'] ) . '</figcaption>';
		return sprintf(
			"<!-- wp:image {\"id\":%1\$d,\"sizeSlug\":\"large\",\"linkDestination\":\"none\"} -->\n<figure class=\"wp-block-image size-large\"><img src=\"%2\$s\" alt=\"%3\$s\" class=\"wp-image-%1\$d\"/>%4\$s</figure>\n<!-- /wp:image -->",
			$attachment['attachment_id'],
			esc_url( $attachment['url'] ),
			esc_attr( $image['alt'] ),
			$caption
		);
	}
}
